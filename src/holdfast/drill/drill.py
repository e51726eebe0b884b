"""What a drill is handed, and what it says meanwhile."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from holdfast.drill import collect as collecting
from holdfast.drill.history import Tail
from holdfast.drill.load import Load
from holdfast.drill.result import Predict
from holdfast.faults import Hands
from holdfast.hosts.logs import this_machine
from holdfast.journal import Journal
from holdfast.model.errors import Wanting
from holdfast.model.finding import Finding
from holdfast.model.hardware import Hardware
from holdfast.model.observed import Observed
from holdfast.model.op import Op
from holdfast.probes import Fetch
from holdfast.probes.sessions.access import Access

Observe = Callable[[], Awaitable[Mapping[str, Observed | None]]]


@dataclass(frozen=True)
class Timing:
    """Seconds: how long to wait for what.

    `warm_up` of load before the fault; `calm` without a failed call before it is over for the clients;
    `hold_least` and `hold_most` bound how long the fault lasts; `whole` is the time for full redundancy;
    `settle` of load after that; `ready` for the look before, `start` for the first success of each kind.
    """

    warm_up: float = 3.0
    calm: float = 3.0
    hold_least: float = 6.0
    hold_most: float = 30.0
    whole: float = 120.0
    settle: float = 2.0
    ready: float = 30.0
    start: float = 30.0
    poll: float = 0.25
    observe: float = 1.0


class DrillRefused(Wanting):
    """The drill was not begun, or its load did not start: `findings` say what was found wanting."""

    def __init__(self, why: str, findings: tuple[Finding, ...] = ()) -> None:
        super().__init__(why)
        self.findings = findings


class Clients(Protocol):
    """The load of one run, as `load.Load` is."""

    def clock(self) -> float:
        """Seconds since the run's start."""
        ...

    async def start(self) -> Tail:
        """Starts the clients."""
        ...

    def failed(self) -> dict[str, str]:
        """Those that ended by themselves, with why."""
        ...

    async def stop(self) -> None:
        """Ends the clients; idempotent."""
        ...


@dataclass(frozen=True)
class Progress:
    """What is going on: `phase` is one word, `text` a line for people."""

    target: str
    repeat: int
    repeats: int
    phase: str
    text: str


@dataclass(frozen=True)
class Drill:
    """All that a drill is handed. `observe` asks all hosts once; `predict(fault, kind)` gives typical and
    worst seconds or None; `folder` gets a folder for each run. The rest has the ordinary ways as default."""

    hands: Hands
    observe: Observe
    journal: Journal
    folder: Path
    predict: Predict = lambda _fault, _kind: None
    say: Callable[[Progress], None] = lambda _progress: None
    timing: Timing = field(default_factory=Timing)
    fetch: Fetch | None = None
    load: Callable[[Access, str, Path], Clients] = Load
    collect: Callable[[Access, str, tuple[Op, ...]], Awaitable[Mapping[str, object]]] = collecting.collect
    forget: Callable[[Access, str], Awaitable[None]] = collecting.forget
    wall: Callable[[], float] = time.time
    machine: Callable[[], Hardware] = this_machine
