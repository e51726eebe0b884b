"""An operation that a workload attempted, as a drill's history records it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """UNKNOWN: the client cannot tell whether it took effect (a timeout after sending, say)."""

    OK = "ok"
    FAIL = "fail"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Op:
    """One attempt: start and end are seconds of one monotonic clock, counted from the run's start."""

    start: float
    end: float
    actor: str
    kind: str
    outcome: Outcome
    value: str = ""
