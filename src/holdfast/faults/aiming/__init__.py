"""Where faults aim: sets of hosts by meaning, and the processes on them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from holdfast.faults import FaultError, Target
from holdfast.model.catalogue import Site
from holdfast.model.cloud import Host
from holdfast.model.component import Component
from holdfast.model.failover import Effect, Strike
from holdfast.model.scene import Scene, landmarks, where

ZONE = "zone:"
SIZES = ("all", "majority", "minority")


def process_strikes(components: Iterable[Component], family: str, effect: Effect) -> tuple[Strike, ...]:
    """One for each unit of each component, `family-unit` by name."""
    return tuple(
        Strike(f"{family}-{unit.removesuffix('.service')}", effect, c.name, unit != c.units[0], c.kinds)
        for c in components
        for unit in c.units
    )


def backend_strikes(components: Iterable[Component], family: str, effect: Effect) -> tuple[Strike, ...]:
    """One for each component behind an HTTP frontend: its first unit is what answers there."""
    return tuple(
        Strike(f"{family}-{c.units[0].removesuffix('.service')}", effect, c.name, kinds=c.kinds)
        for c in components
        if c.units and any(f.http for f in c.frontends)
    )


def sets_of(
    site: Site, scene: Scene, name: str, wanted: str, among: Sequence[Host], first: str
) -> list[list[str]]:
    """The sets of hosts that a word means among those of a group; `first` is where the fault matters most.

    Raises FaultError for a word that means nothing, or nobody.
    """
    hosts = [host.name for host in among]
    ordered = sorted(hosts, key=lambda host: host != first)
    majority = len(hosts) // 2 + 1
    sizes = dict(zip(SIZES, (len(hosts), majority, len(hosts) - majority), strict=True))
    if wanted == "":
        return [[first]] if first else []
    if wanted == "each":
        return [[host] for host in hosts]
    if wanted in sizes:
        chosen = ordered[: sizes[wanted]]
    elif wanted.startswith(ZONE):
        chosen = [host.name for host in among if host.zone == wanted.removeprefix(ZONE)]
    elif wanted in landmarks(site):
        chosen = list(where(site, scene, wanted))
    elif wanted in hosts:
        chosen = [wanted]
    else:
        sets = ", ".join(("each", *sizes, f"{ZONE}NAME", *landmarks(site)))
        raise FaultError(f"{name}: nothing there is called {wanted!r}: there are {', '.join(hosts)}; {sets}")
    if not chosen:
        raise FaultError(f"{name}: {wanted!r} is nobody: there are {', '.join(hosts)}")
    return [chosen]


def refuse_nonsense(site: Site, name: str) -> None:
    """Raises FaultError where the `where` of a `fault@where` can mean nothing here, whatever the state."""
    wanted = name.partition("@")[2]
    hosts = site.cloud.hosts
    zones = {f"{ZONE}{host.zone}" for host in hosts if host.zone}
    words = {"", "each", *SIZES, *zones, *landmarks(site), *(host.name for host in hosts)}
    if wanted not in words:
        there = ", ".join(("each", *SIZES, *sorted(zones), *landmarks(site), *(host.name for host in hosts)))
        raise FaultError(f"{name}: nothing there is called {wanted!r}: there are {there}")


def matters(site: Site, scene: Scene, landmark: str, among: Sequence[Host]) -> str:
    """The host where a landmark is, if it is in the group; else the group's first host."""
    names = [host.name for host in among]
    here = [name for name in where(site, scene, landmark) if name in names]
    return next(iter((*here, *names)), "")


def process_targets(site: Site, scene: Scene, strike: Strike, wanted: str) -> tuple[Target, ...]:
    """The struck component's process of that name, on the hosts that are meant."""
    places = [
        (here, process)
        for here in site.places
        for process in here.processes
        if here.component.name == strike.component and strike.fault.endswith(f"-{process.stem}")
    ]
    if not places:
        return ()
    here, process = places[0]
    hosts = [each.host for each, _ in places]
    first = matters(site, scene, here.component.matters, hosts)
    ports = {frontend.port for frontend in here.component.frontends if frontend.http}
    port = next((p.number for p in process.ports if p.number in ports), 0)
    chosen = sets_of(site, scene, strike.fault, wanted, hosts, first)
    return tuple(Target(strike.fault, tuple(names), process.unit, port) for names in chosen)
