"""Keeps measurements apart where several people measure on one machine: an exclusive lock on a file."""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Quiet:
    """A lock file that all who measure here agree on, as `flock FILE` takes it; None: there is none."""

    lock: Path | None
    say: Callable[[str], None]

    @contextmanager
    def stretch(self, what: str) -> Iterator[None]:
        """One stretch of measuring; waits for others as long as it takes."""
        if self.lock is None:
            yield
            return
        with self.lock.open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                self.say(f"{what}: waiting for others to end their measurement ({self.lock})")
                fcntl.flock(file, fcntl.LOCK_EX)
            yield
