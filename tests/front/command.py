"""The command line as a person runs it: a process of its own, with a home and a folder of its own."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
from dataclasses import dataclass
from pathlib import Path

MAIN = "from holdfast.front.cli import main; main()"

FOREGROUND = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
"""As a shell starts a command in the foreground. In the background SIGINT is ignored, by all descendants too:
without this, a suite that was started there could interrupt nothing."""


@dataclass(frozen=True)
class Place:
    """A folder to work in, and a home; `run` works there and nowhere else."""

    folder: Path
    home: Path

    def run(self, *words: str, before: str = "", timeout: float = 300) -> subprocess.CompletedProcess[str]:
        """Runs `holdfast WORDS`; `before` is Python that runs first, to simulate another machine."""
        process = self.start(*words, before=before)
        try:
            out, err = process.communicate(timeout=timeout)
        finally:
            process.kill()
        return subprocess.CompletedProcess(words, process.returncode, out, err)

    def start(self, *words: str, before: str = "") -> subprocess.Popen[str]:
        """Starts it; its standard input is at its end, whatever the suite's own is."""
        return subprocess.Popen(
            [sys.executable, "-c", f"{before}\n{MAIN}", *words],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def screen(self, *words: str, before: str = "", width: int = 80, answer: str = "") -> tuple[int, str]:
        """The exit code and what stands on a terminal of that width, where somebody types an answer."""
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))
        attributes = termios.tcgetattr(theirs)
        attributes[3] &= ~termios.ECHO
        termios.tcsetattr(theirs, termios.TCSANOW, attributes)
        argv = [sys.executable, "-c", f"{before}\n{MAIN}", *words]
        environment = {k: v for k, v in self.environment.items() if k != "COLUMNS"} | {"TERM": "xterm"}
        process = subprocess.Popen(
            argv, cwd=self.folder, env=environment, stdin=theirs, stdout=theirs, stderr=theirs
        )
        os.close(theirs)
        os.write(ours, answer.encode())
        shown = b""
        try:
            while part := _read(ours):
                shown += part
            return process.wait(timeout=300), shown.decode().replace("\r\n", "\n")
        finally:
            process.kill()
            os.close(ours)

    @property
    def environment(self) -> dict[str, str]:
        """Nothing of this machine's user but its PATH."""
        return {"PATH": os.environ["PATH"], "HOME": str(self.home), "LANG": "C.UTF-8", "COLUMNS": "120"}

    def everything(self) -> set[str]:
        """Every path below the folder and the home."""
        return {str(p.relative_to(self.folder.parent)) for p in self.folder.parent.rglob("*")}


def _read(terminal: int) -> bytes:
    """What comes next; nothing at the end, which Linux tells of a terminal as an error."""
    try:
        return os.read(terminal, 65536)
    except OSError:
        return b""
