"""A cloud file in a lab, and the command line run on it as a person would."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

HOLDFAST = Path(sys.executable).with_name("holdfast")


@dataclass(frozen=True)
class Story:
    """A cloud file, and the command line run on it as a person would."""

    cloud: str
    file: Path

    def start(self, *words: str) -> "subprocess.Popen[str]":
        argv = (str(HOLDFAST), *words, "--cloud", str(self.file))
        nothing, pipe = subprocess.DEVNULL, subprocess.PIPE
        return subprocess.Popen(argv, stdin=nothing, stdout=pipe, stderr=pipe, text=True)

    def run(self, *words: str, timeout: float = 400) -> "subprocess.CompletedProcess[str]":
        process = self.start(*words)
        try:
            out, err = process.communicate(timeout=timeout)
        finally:
            process.kill()
        return subprocess.CompletedProcess(words, process.returncode, out, err)

    def ask(self, host: str, command: str) -> str:
        argv = (str(HOLDFAST), "lab", "shell", host, "--cloud", str(self.file))
        done = subprocess.run(argv, input=command.encode(), capture_output=True, timeout=60, check=False)
        return done.stdout.decode(errors="replace").strip()

    def power(self, host: str, state: str) -> None:
        assert self.run("lab", "power", host, state).returncode == 0

    def until(self, process: "subprocess.Popen[str]", seen: Callable[[str], bool]) -> None:
        """Reads a command's progress until a line says so."""
        assert process.stderr is not None
        for line in process.stderr:
            if seen(line):
                return
        raise AssertionError("the command ended before it came that far")
