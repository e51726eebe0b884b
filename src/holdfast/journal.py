"""The append-only record of runs, steps and faults, so that a fresh process can resume or heal."""

from __future__ import annotations

import fcntl
import json
import os
import stat
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import get_args

from holdfast.model.errors import CannotWrite, Wanting

ROOM = 64 * 1024
"""Bytes that a run finds free, or does not begin."""


@dataclass(frozen=True)
class RunBegun:
    """A plan's execution begins, with so many steps."""

    run_id: str
    steps: int
    why: str = ""


@dataclass(frozen=True)
class StepBegun:
    """Written before a step's first action."""

    run_id: str
    step: str
    host: str
    why: str = ""


@dataclass(frozen=True)
class StepDone:
    """Every action of the step was done; its gate is asked after this. `seconds` is what they took."""

    run_id: str
    step: str
    host: str
    seconds: float


@dataclass(frozen=True)
class StepFailed:
    """The step's actions or its gate failed."""

    run_id: str
    step: str
    host: str
    reason: str


@dataclass(frozen=True)
class GuardRefused:
    """A guard of the step did not hold within its time: by host, what those said who did not say yes."""

    run_id: str
    step: str
    host: str
    question: str
    said: Mapping[str, str]


@dataclass(frozen=True)
class RunEnded:
    """How many steps ended in which way; `interrupted` when it was stopped from outside.

    `waiting` steps were due and no part of the run, for the sake of their hosts.
    """

    run_id: str
    done: int
    failed: int
    not_started: int
    interrupted: bool = False
    waiting: int = 0


@dataclass(frozen=True)
class FaultInjected:
    """Written before a fault is injected; `target` holds all that healing it from another process needs."""

    fault_id: str
    name: str
    host: str
    target: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class FaultHealed:
    """Written after a fault was healed."""

    fault_id: str


Record = RunBegun | StepBegun | StepDone | StepFailed | GuardRefused | RunEnded | FaultInjected | FaultHealed
KINDS: Mapping[str, type[Record]] = {kind.__name__: kind for kind in get_args(Record)}


class JournalDamaged(Wanting):
    """The journal, or a line in its middle, cannot be read; the text says which, and what to do."""


class JournalUnwritable(CannotWrite):
    """What is done cannot be written down, so nothing more may be done; the text says why, and the cure."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(
            f"the journal {path} cannot be written: {why}; make room there, or correct its owner and "
            "permissions, then run the same command again: it resumes"
        )


@dataclass(frozen=True)
class Entry:
    """A record and when it was written, in seconds since the epoch."""

    at: float
    record: Record


@dataclass(frozen=True)
class RunStory:
    """What the journal knows of one run; `unfinished` steps were begun and have no end on record."""

    begun: RunBegun
    at: float
    done: tuple[str, ...]
    failed: Mapping[str, str]
    unfinished: tuple[str, ...]
    ended: RunEnded | None


@dataclass(frozen=True)
class Journal:
    """JSON lines in a file of mode 0600; every record is on disk before `append` returns."""

    path: Path
    clock: Callable[[], float] = time.time

    def append(self, record: Record) -> None:
        """Writes one record. Raises JournalUnwritable."""
        line = json.dumps({"at": self.clock(), "kind": type(record).__name__, **asdict(record)})
        with self._opened() as handle:
            _write(handle, line.encode() + b"\n")
            os.fsync(handle)

    def prove(self) -> None:
        """Shows, before anything is done, that there is room to write it down. Raises JournalUnwritable."""
        with self._opened() as handle:
            size = os.fstat(handle).st_size
            try:
                # Without a line's end: whatever a crash leaves of it counts as a torn line.
                _write(handle, b" " * ROOM)
                os.fsync(handle)
            finally:
                os.ftruncate(handle, size)

    @contextmanager
    def _opened(self) -> Iterator[int]:
        """The file at its end, whole and ours alone, closed afterwards."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
            try:
                if not stat.S_ISREG(os.fstat(handle).st_mode):
                    raise JournalUnwritable(self.path, "it is not a regular file")
                fcntl.flock(handle, fcntl.LOCK_EX)
                _cut_torn_line(handle)
                yield handle
            finally:
                os.close(handle)
        except OSError as error:
            raise JournalUnwritable(self.path, error.strerror or str(error)) from None

    def read(self) -> Iterator[Entry]:
        """Every record in order; a torn last line was never acknowledged and is left out.

        Raises JournalDamaged for any other line that is not a record, and for what is no file.
        """
        if not self.path.exists():
            return
        if not self.path.is_file():
            # A pipe in its place would be waited for without end.
            raise JournalDamaged(f"{self.path}: it is not a regular file; move it away, and look whose it is")
        for number, line in enumerate(self.path.read_bytes().split(b"\n")[:-1], 1):
            try:
                yield _entry(line)
            except (ValueError, KeyError, TypeError, RecursionError) as error:
                raise JournalDamaged(
                    f"{self.path}, line {number}: not a journal record ({type(error).__name__}); "
                    "something else wrote to it: move it away and see what of the line can be saved"
                ) from error

    def open_faults(self) -> tuple[FaultInjected, ...]:
        """Faults that were injected and never healed, in order of injection."""
        found: dict[str, FaultInjected] = {}
        for entry in self.read():
            if isinstance(entry.record, FaultInjected):
                found[entry.record.fault_id] = entry.record
            elif isinstance(entry.record, FaultHealed):
                found.pop(entry.record.fault_id, None)
        return tuple(found.values())

    def last_run(self) -> RunStory | None:
        """The run that began last; None where there was none."""
        entries = list(self.read())
        begun = [e for e in entries if isinstance(e.record, RunBegun)]
        return _story(begun[-1], entries) if begun else None


def _write(handle: int, data: bytes) -> None:
    """All of it: on a disk that is nearly full a write may end early without an error."""
    while data:
        data = data[os.write(handle, data) :]


def _cut_torn_line(handle: int) -> None:
    size = os.fstat(handle).st_size
    if size and os.pread(handle, 1, size - 1) != b"\n":
        whole = os.pread(handle, size, 0).rfind(b"\n") + 1
        os.ftruncate(handle, whole)


def _entry(line: bytes) -> Entry:
    parsed = json.loads(line)
    kind = KINDS[parsed["kind"]]
    known = {f.name for f in fields(kind)}
    return Entry(float(parsed["at"]), kind(**{k: v for k, v in parsed.items() if k in known}))


def _story(first: Entry, entries: list[Entry]) -> RunStory:
    assert isinstance(first.record, RunBegun)
    done: list[str] = []
    failed: dict[str, str] = {}
    open_steps: dict[str, None] = {}
    ended: RunEnded | None = None
    for record in (e.record for e in entries if getattr(e.record, "run_id", "") == first.record.run_id):
        match record:
            case StepBegun(step=step):
                open_steps[step] = None
            case StepDone(step=step):
                done.append(step)
                open_steps.pop(step, None)
            case StepFailed(step=step, reason=reason):
                failed[step] = reason
                open_steps.pop(step, None)
            case RunEnded():
                ended = record
    left = tuple(step for step in done if step not in failed)
    return RunStory(first.record, first.at, left, failed, tuple(open_steps), ended)
