"""How a failure is noticed and got over, described once for each mechanism and never for a fault's name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from holdfast.model.timer import Value


class Phase(StrEnum):
    """The legs of a failover, in their order."""

    DETECT = "detect"
    DECIDE = "decide"
    MOVE = "move"
    RECONNECT = "reconnect"


class Effect(StrEnum):
    """What others notice of a struck process: its connections break, it is silent, it answers wrongly, it
    leaves in order, having told those who send to it, or it has no room left to write."""

    GONE = "gone"
    SILENT = "silent"
    WRONG = "wrong"
    LEAVING = "leaving"
    FULL = "full"


class Way(StrEnum):
    """How clients come to a component: where one holder is, any backend, one writer, or a list of nodes."""

    HOLDER = "holder"
    ANY = "any"
    WRITER = "writer"
    LIST = "list"


@dataclass(frozen=True)
class Strike:
    """What a fault hits: one process of `component`, or a whole host where that is "".

    `helper`: the process is not the one that does the component's work. `kinds` are what the struck
    component offers; `landmarks` what is on the struck host just then; `takes` the components that may be on
    a host that is lost, None where any may be.
    """

    fault: str
    effect: Effect
    component: str = ""
    helper: bool = False
    kinds: frozenset[str] = frozenset()
    landmarks: frozenset[str] = frozenset()
    takes: frozenset[str] | None = None

    @property
    def whole_host(self) -> bool:
        """Whether all that runs on the host is lost with it."""
        return not self.component


@dataclass(frozen=True)
class Hop:
    """One stage of an operation's way through the cloud; `kinds` are what its component offers."""

    component: str
    way: Way
    kinds: frozenset[str] = frozenset()

    def lost_in(self, strike: Strike) -> bool:
        """Whether the strike takes one of those who do this stage's work."""
        if strike.whole_host:
            return strike.takes is None or self.component in strike.takes
        return strike.component == self.component and not strike.helper


@dataclass(frozen=True)
class Mechanism:
    """What passes in `phase` at a hop that `applies(strike, hop)`; seconds by the timers' names."""

    phase: Phase
    text: str
    timers: tuple[str, ...]
    applies: Callable[[Strike, Hop], bool]
    typical: Callable[[Value], float]
    worst: Callable[[Value], float]


@dataclass(frozen=True)
class Operation:
    """A class of what clients do. They come to its component by `way`; `uses` are the kinds of offers that
    it cannot do without meanwhile: what it reads once, at its start, is none of them. A component's first one
    is how others use it."""

    kind: str
    way: Way
    uses: tuple[str, ...] = ()


def in_class(kind: str, wanted: str) -> bool:
    """True when `kind` (`identity.issue`) is `wanted` or belongs to it (`identity`)."""
    return kind == wanted or kind.startswith(f"{wanted}.")
