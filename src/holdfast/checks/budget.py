"""The timing budget: what a fault costs, phase by phase, by the timers as they are set (the prediction)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from holdfast.faults import strikes
from holdfast.model.catalogue import Site
from holdfast.model.cloud import Promise
from holdfast.model.component import Component
from holdfast.model.failover import Hop, Mechanism, Operation, Phase, Strike, Way, in_class

Ways = Sequence[tuple[str, tuple[Hop, ...]]]
"""The hops of each class of operation."""

TOLERANCE = 1e-6
"""Seconds: of sums of decimal fractions, where 0.1 + 0.2 is not a broken promise of 0.3."""


@dataclass(frozen=True)
class LegTime:
    """What one mechanism costs at one hop: `timers` are (name, value, unit), times are in seconds."""

    hop: str
    phase: Phase
    text: str
    timers: tuple[tuple[str, float, str], ...]
    typical: float
    worst: float


@dataclass(frozen=True)
class Budget:
    """All legs for operations of class `kind` when `fault` strikes, in order of phase; seconds.

    What is noticed, decided and moved at several hops is so at the same time, and the longest counts;
    connections are made anew one hop after another. Phases follow one another. `promised` is None where
    nothing was promised.
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

    @property
    def over(self) -> float:
        """Seconds by which the worst is longer than promised; 0 where it is not, or nothing was promised."""
        excess = 0.0 if self.promised is None else self.worst - self.promised
        return excess if excess > TOLERANCE else 0.0


def promises_of(site: Site) -> tuple[Promise, ...]:
    """The cloud file's promises in the components' places, then those that only the file makes.

    A promise for a family of faults, or for all operations, is spelled out one by one; what is promised for
    one fault by its name goes before what its family is promised.
    """
    theirs = [(c.name, promise) for c in site.catalogue for promise in c.promises]
    theirs.sort(key=lambda item: len(item[1].fault))
    known, ways = _aimed_strikes(site), _ways(site)
    own = {(p.fault, p.kind): p for name, promise in theirs for p in _spelled(known, ways, name, promise)}
    return tuple({**own, **{(p.fault, p.kind): p for p in site.cloud.promises}}.values())


def _spelled(known: Sequence[Strike], ways: Ways, component: str, promise: Promise) -> Iterator[Promise]:
    """For each operation that passes through the component, and each fault of the family on its way."""
    through = [kind for kind, hops in ways if any(hop.component == component for hop in hops)]
    for kind in [promise.kind] if promise.kind else through:
        hops = [hop for each, hops in ways if in_class(kind, each) for hop in hops]
        struck = [
            strike.fault
            for strike in known
            if strike.fault == promise.fault
            or (in_family(strike.fault, promise.fault) and any(hop.lost_in(strike) for hop in hops))
        ]
        yield from (Promise(fault, kind, promise.seconds) for fault in struck or [promise.fault])


def promised(promises: Sequence[Promise], fault: str, kind: str) -> float | None:
    """Seconds promised for a kind, or for the nearest class it belongs to, under a fault or its family.

    None where nothing is.
    """
    fitting = [p for p in promises if in_family(fault, p.fault) and in_class(kind, p.kind)]
    return max(fitting, key=lambda p: (len(p.fault), len(p.kind))).seconds if fitting else None


def in_family(fault: str, wanted: str) -> bool:
    """True when `fault` (`power-host`) is `wanted` or belongs to it (`power`)."""
    return fault == wanted or fault.startswith(f"{wanted}-")


def path(site: Site, component: str, operation: Operation) -> tuple[Hop, ...]:
    """The hops of an operation, each once: the address and the balancer where anybody comes that way, the
    component itself, then those whose offers it uses, by the way in which these are come to."""
    own = next(c for c in site.catalogue if c.name == component)
    hops: dict[str, Hop] = {}
    for hop in _hops(site, own, operation):
        hops.setdefault(hop.component, hop)
    return tuple(hops.values())


def _hops(site: Site, own: Component, operation: Operation) -> Iterator[Hop]:
    if operation.way in (Way.ANY, Way.WRITER):
        through = (c for kind in ("address", "balancer") for c in site.catalogue if kind in c.kinds)
        yield from (Hop(c.name, Way.HOLDER, c.kinds) for c in through)
    yield Hop(own.name, operation.way, own.kinds)
    for used in (c for kind in operation.uses for c in site.catalogue if kind in c.kinds):
        if used.operations:
            yield from _hops(site, used, used.operations[0])
        else:
            yield Hop(used.name, Way.LIST, used.kinds)


def budgets(site: Site) -> tuple[Budget, ...]:
    """A budget for each fault and class of operation that any mechanism has a part in."""
    return site.shared(_budgets)


def _budgets(site: Site) -> tuple[Budget, ...]:
    promises, ways = promises_of(site), _ways(site)
    found = (
        _budget(site, promises, strike, kind, hops) for strike in _aimed_strikes(site) for kind, hops in ways
    )
    return tuple(budget for budget in found if budget is not None)


def _ways(site: Site) -> Ways:
    return [(o.kind, path(site, c.name, o)) for c in site.catalogue for o in c.operations]


def _aimed_strikes(site: Site) -> tuple[Strike, ...]:
    return tuple(_aimed(site, strike) for strike in strikes(site.catalogue))


def _aimed(site: Site, strike: Strike) -> Strike:
    """The strike with what it may take: a landmark is on a host of the component that tells it."""
    if not strike.landmarks:
        return strike
    tellers = [p for p in site.placed if any(m.name in strike.landmarks for m in p.component.landmarks)]
    hosts = {host.name for teller in tellers for host in teller.hosts}
    taken = (p.component.name for p in site.placed if any(host.name in hosts for host in p.hosts))
    return replace(strike, takes=frozenset(taken))


def find_budget(site: Site, fault: str, kind: str) -> Budget | None:
    """The budget for a kind, or for the class it belongs to; None where no mechanism has a part in it."""
    fitting = [b for b in budgets(site) if b.fault == fault and in_class(kind, b.kind)]
    return max(fitting, key=lambda b: len(b.kind)) if fitting else None


def predict(site: Site, fault: str, kind: str) -> tuple[float, float] | None:
    """Typical and worst seconds without a success; None where no mechanism has a part in it."""
    found = find_budget(site, fault, kind)
    return (found.typical, found.worst) if found else None


def _budget(
    site: Site, promises: Sequence[Promise], strike: Strike, kind: str, hops: Sequence[Hop]
) -> Budget | None:
    mechanisms = [m for component in site.catalogue for m in component.mechanisms]
    legs = [_time(site, hop, m) for hop in hops for m in mechanisms if m.applies(strike, hop)]
    if not legs:
        return None
    order = tuple(Phase)
    legs.sort(key=lambda leg: order.index(leg.phase))
    typical, worst = (
        _sum([(leg.hop, leg.phase, getattr(leg, which)) for leg in legs]) for which in ("typical", "worst")
    )
    return Budget(strike.fault, kind, tuple(legs), typical, worst, promised(promises, strike.fault, kind))


def _sum(legs: Sequence[tuple[str, Phase, float]]) -> float:
    """Seconds of all phases together."""
    total = 0.0
    for phase in Phase:
        at: dict[str, float] = {}
        for hop, _, seconds in (leg for leg in legs if leg[1] is phase):
            at[hop] = max(at.get(hop, 0.0), seconds)
        total += sum(at.values()) if phase is Phase.RECONNECT else max(at.values(), default=0.0)
    return total


def _time(site: Site, hop: Hop, mechanism: Mechanism) -> LegTime:
    timers = tuple((n, site.timer(n), site.timer_named(n).unit) for n in mechanism.timers)
    typical, worst = mechanism.typical(site.timer), mechanism.worst(site.timer)
    return LegTime(hop.component, mechanism.phase, mechanism.text, timers, typical, worst)
