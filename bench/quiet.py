"""Keeps measurements apart where several people measure on one machine: an exclusive lock on a file."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from bench import machine


@dataclass
class Quiet:
    """A lock file that all who measure here agree on, as `flock FILE` takes it; None: there is none.

    `turn` is how long it is held before others are let in, in seconds. `loads` keeps how busy the machine
    was whenever measuring began.
    """

    lock: Path | None
    say: Callable[[str], None]
    turn: float = 360.0
    loads: list[float] = field(default_factory=list)

    @contextmanager
    def stretch(self, what: str) -> Iterator[Callable[[], None]]:
        """Measuring, after waiting for others as long as it takes; gives what is to be called between two
        measurements, so that nobody waits for all of them."""
        if self.lock is None:
            self.loads.append(machine.load())
            yield lambda: None
            return
        with self.lock.open("a") as file:
            since = self._take(file, what)

            def breathe() -> None:
                nonlocal since
                if time.monotonic() - since > self.turn:
                    fcntl.flock(file, fcntl.LOCK_UN)
                    time.sleep(0.5)
                    since = self._take(file, what)

            yield breathe

    def _take(self, file: IO[str], what: str) -> float:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.say(f"{what}: waiting for others to end their measurement ({self.lock})")
            fcntl.flock(file, fcntl.LOCK_EX)
        self.loads.append(machine.load())
        return time.monotonic()
