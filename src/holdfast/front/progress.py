"""Progress for people on standard error, and every line with its time in a log file."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import FileIO
from pathlib import Path

from holdfast.front.events import Say, Told, words
from holdfast.front.exits import tell
from holdfast.front.paper import harmless


@dataclass(frozen=True)
class Telling:
    """Ways to those who watch: `say` tells an event; from `quiet` to `resume` the terminal is free."""

    say: Say
    quiet: Callable[[], None]
    resume: Callable[[], None]


@contextmanager
def progress(title: str, folder: Path, *, quiet: bool = False, verbose: bool = False) -> Iterator[Telling]:
    """Gives ways to show events: as lines, or on a terminal the last one alone, unless `verbose`.

    Everything said is kept in `<folder>/logs/<time>-<word of title>.log`, whose path is said at the end.
    Saying never fails: a full disk must not keep a fault from being healed.
    """
    from rich.console import Console

    log = Log(folder / "logs" / f"{time.strftime('%Y%m%d-%H%M%S')}-{title.split(maxsplit=1)[0]}.log")
    console = Console(stderr=True, highlight=False, soft_wrap=False, quiet=quiet)
    began = time.monotonic()
    try:
        with console.status(title, spinner="line") as status:

            def say(told: Told) -> None:
                text = words(told)
                seconds = time.monotonic() - began
                log.write(f"{seconds:8.2f} {text}\n")
                if quiet:
                    return
                if console.is_terminal:
                    status.update(f"{title}  {seconds:.0f} s  {_cut(text, console.width - len(title) - 14)}")
                if verbose or not console.is_terminal:
                    tell(f"{seconds:6.1f} s  {harmless(text)}")

            yield Telling(say, status.stop, status.start)
    finally:
        log.close()
        if not quiet and log.whole:
            tell(f"details: {log.path}")


class Log:
    """A file that takes what it can, from the first word on; what keeps it from the rest is told once."""

    def __init__(self, path: Path) -> None:
        self.path, self._broken = path, False
        self._file: FileIO | None = None

    @property
    def whole(self) -> bool:
        """Whether something was said, and all of it is in the file."""
        return self._file is not None and not self._broken

    def write(self, text: str) -> None:
        """Adds a text, until one could not be added. Never fails."""
        if self._broken:
            return
        try:
            if self._file is None:
                self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                # Without a buffer, which would hold what a full disk refused and try it again at the end.
                self._file = self.path.open("ab", buffering=0)
            self._file.write(text.encode())
        except OSError as error:
            self._broken = True
            tell(f"no log is kept: {self.path}: {error.strerror}")

    def close(self) -> None:
        """No more is written; idempotent."""
        if self._file is not None:
            self._file.close()


def _cut(text: str, width: int) -> str:
    """The first line, as far as it fits, of text from outside, for a line in rich's markup."""
    from rich.markup import escape

    line = harmless(text).split("\n")[0]
    return escape(line if len(line) <= width else line[: max(0, width - 3)] + "...")
