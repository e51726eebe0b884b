"""What a walk tells while it goes on, and how it ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from holdfast.model.plan import Waiting


class Happened(StrEnum):
    """What an event tells."""

    BEGUN = "begun"
    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"
    NOT_STARTED = "not started"
    LEFT_OUT = "left out"


@dataclass(frozen=True)
class Event:
    """Something that happened to a step; `text` is its reason, what it waits for or its failure.

    `finished` of `total` steps have ended in any way. Never holds a secret.
    """

    kind: Happened
    step: str
    host: str
    text: str
    finished: int
    total: int


@dataclass(frozen=True)
class Ending:
    """How every step ended: done, or by id the reason why it failed or never began; and who waits."""

    done: tuple[str, ...]
    failed: Mapping[str, str]
    not_started: Mapping[str, str]
    waiting: tuple[Waiting, ...] = ()

    @property
    def ok(self) -> bool:
        """True when every step was done, every gate passed, and no step waits for its host."""
        return not self.problems

    @property
    def problems(self) -> Mapping[str, str]:
        """By step: why it failed, never began, or waits."""
        waiting = {each.step: f"waits for {each.host}: {each.why}" for each in self.waiting}
        return {**self.failed, **self.not_started, **waiting}
