"""The timing budget: what a fault costs, phase by phase, by the timers as they are set (the prediction)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from holdfast.model.cloud import Promise
from holdfast.model.component import Leg, Phase
from holdfast.model.site import Site, find_timer


@dataclass(frozen=True)
class LegTime:
    """One leg with its numbers: `timers` are (name, value, unit), times are in seconds."""

    phase: Phase
    text: str
    timers: tuple[tuple[str, float, str], ...]
    typical: float
    worst: float


@dataclass(frozen=True)
class Budget:
    """All legs for operations of class `kind` when `fault` strikes, in order of phase; seconds.

    Legs of one phase run at the same time, so that the longest counts; phases follow one another.
    `promised` is None where nothing was promised.
    """

    fault: str
    kind: str
    legs: tuple[LegTime, ...]
    typical: float
    worst: float
    promised: float | None

    @property
    def cause(self) -> LegTime:
        """The leg that costs most at worst."""
        return max(self.legs, key=lambda leg: leg.worst)


def in_class(kind: str, wanted: str) -> bool:
    """True when `kind` (`identity.issue`) is `wanted` or belongs to it (`identity`)."""
    return kind == wanted or kind.startswith(f"{wanted}.")


def promises_of(site: Site) -> tuple[Promise, ...]:
    """The cloud file's promises in the components' places, then those that only the file makes."""
    own = {(p.fault, p.kind): p for c in site.catalogue for p in c.promises}
    return tuple({**own, **{(p.fault, p.kind): p for p in site.cloud.promises}}.values())


def promised(site: Site, fault: str, kind: str) -> float | None:
    """Seconds promised for a kind, or for the nearest class it belongs to; None where nothing is."""
    return nearest([p for p in promises_of(site) if p.fault == fault and in_class(kind, p.kind)])


def nearest(fitting: Sequence[Promise]) -> float | None:
    """The seconds of the most specific of several promises; None where there is none."""
    return max(fitting, key=lambda p: len(p.kind)).seconds if fitting else None


def budgets(site: Site) -> tuple[Budget, ...]:
    """A budget for each fault and class that the catalogue has legs for, in the catalogue's order."""
    legs: dict[tuple[str, str], list[Leg]] = {}
    for leg in (leg for component in site.catalogue for leg in component.legs):
        legs.setdefault((leg.fault, leg.kind), []).append(leg)
    return tuple(_budget(site, fault, kind, found) for (fault, kind), found in legs.items())


def find_budget(site: Site, fault: str, kind: str) -> Budget | None:
    """The budget for a kind, or for the class it belongs to; None where the catalogue has no legs."""
    fitting = [b for b in budgets(site) if b.fault == fault and in_class(kind, b.kind)]
    return max(fitting, key=lambda b: len(b.kind)) if fitting else None


def predict(site: Site, fault: str, kind: str) -> tuple[float, float] | None:
    """Typical and worst seconds without a success; None where the catalogue has no legs for it."""
    found = find_budget(site, fault, kind)
    return (found.typical, found.worst) if found else None


def _budget(site: Site, fault: str, kind: str, legs: Iterable[Leg]) -> Budget:
    order = tuple(Phase)
    times = tuple(sorted((_time(site, leg) for leg in legs), key=lambda t: order.index(t.phase)))
    typical = worst = 0.0
    for phase in order:
        overlapping = [t for t in times if t.phase is phase]
        typical += max((t.typical for t in overlapping), default=0.0)
        worst += max((t.worst for t in overlapping), default=0.0)
    return Budget(fault, kind, times, typical, worst, promised(site, fault, kind))


def _time(site: Site, leg: Leg) -> LegTime:
    timers = tuple((n, site.timer(n), find_timer(site.catalogue, n).unit) for n in leg.timers)
    return LegTime(leg.phase, leg.text, timers, leg.typical(site.timer), leg.worst(site.timer))
