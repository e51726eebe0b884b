"""Where a fault matters most, and how units are reached: shared by the faults' files."""

from __future__ import annotations

from collections.abc import Mapping

from holdfast.faults import Bench, FaultError, PowerSwitch, Target
from holdfast.hosts.transport import Result
from holdfast.model.cloud import Host
from holdfast.model.component import Capability, Component, Process
from holdfast.model.observed import Observed
from holdfast.model.places import holders, writer
from holdfast.model.site import Site

SUFFIX = ".service"


def stem(unit: str) -> str:
    """A unit's name as faults are named by it."""
    return unit.removesuffix(SUFFIX)


def running(site: Site) -> tuple[tuple[Component, Host, Process], ...]:
    """Every long-running process of the catalogue on every host; settings of the system are not processes."""
    return tuple(
        (component, host, process)
        for component in site.catalogue
        if component.capability is not Capability.SYSTEM
        for host in site.hosts_of(component)
        for process in component.processes(site, host)
    )


def units(site: Site) -> tuple[str, ...]:
    """The units of those processes without their suffix, each once."""
    return tuple(dict.fromkeys(stem(process.unit) for _, _, process in running(site)))


def where_it_matters(site: Site, observed: Mapping[str, Observed | None], component: Component) -> str:
    """The host that does a component's work for clients just now; its first host where all do."""
    first = site.hosts_of(component)[0].name
    if component.capability in (Capability.BALANCER, Capability.ADDRESS):
        return next(iter(holders(site, observed)), first)
    if component.capability is Capability.DATABASE:
        return writer(site, observed) or first
    return first


def aim_unit(
    site: Site, observed: Mapping[str, Observed | None], fault: str, name: str, host: str
) -> tuple[Target, ...]:
    """The process whose unit `name` is, on `host` or where it matters most."""
    places = [(c, h, p) for c, h, p in running(site) if stem(p.unit) == name]
    if not places:
        return ()
    wanted = host or where_it_matters(site, observed, places[0][0])
    found = [(h, p) for _, h, p in places if h.name == wanted]
    if not found:
        there = ", ".join(h.name for _, h, _ in places)
        raise FaultError(f"{fault}@{wanted}: {name} runs on {there} only")
    target, process = found[0]
    port = next((p.number for p in process.ports), 0)
    return (Target(fault, target.name, process.unit, target.address, port),)


def ask(site: Site, name: str) -> Host:
    """The host of that name. Raises FaultError where the cloud file has none (any more)."""
    try:
        return site.cloud.host(name)
    except KeyError as error:
        raise FaultError(f"no host is called {name!r} in this cloud file: was it renamed?") from error


async def run(bench: Bench, target: Target, *argv: str, tolerate: bool = False) -> Result:
    """Runs a command on the target's host. Raises FaultError when it fails, unless that is tolerated."""
    ask(bench.site, target.host)
    result = await bench.transports[target.host].run(argv, timeout=30)
    if result.code and not tolerate:
        why = (result.err or result.out).strip() or f"code {result.code}"
        raise FaultError(f"{target.name}: `{' '.join(argv)}` failed: {why}")
    return result


async def start(bench: Bench, target: Target) -> None:
    """Starts the target's unit: a no-op where it runs, and whatever the limit on restarts says."""
    await run(bench, target, "systemctl", "reset-failed", target.unit, tolerate=True)
    await run(bench, target, "systemctl", "start", "--no-block", target.unit)


def switch(bench: Bench, target: Target) -> PowerSwitch:
    """The power switch. Raises FaultError where there is none."""
    if bench.power is None:
        raise FaultError(
            f"{target.name}: there is no way to switch the power or the link of {target.host}: "
            "run this drill in the lab, or do it by hand at the machine"
        )
    return bench.power
