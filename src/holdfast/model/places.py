"""Where things are just now, read from what the hosts answered: the address, the active backends."""

from __future__ import annotations

from collections.abc import Mapping

from holdfast.model.cloud import Host
from holdfast.model.component import Capability, Component, Frontend, Process
from holdfast.model.observed import Answer, Observed
from holdfast.model.site import Site

Scene = Mapping[str, Observed | None]


def answers_of(
    site: Site, scene: Scene, component: Component, host: Host
) -> tuple[tuple[Process, Answer | None], ...]:
    """Each process of a component on a host with its health answer; None where the host gave none."""
    seen = scene.get(host.name)
    return tuple(
        (process, seen.answers.get(process.health.name) if seen else None)
        for process in component.processes(site, host)
    )


def told(site: Site, scene: Scene, capability: Capability, key: str) -> dict[str, object]:
    """What each host that provides a capability says for a data key; hosts that do not say are left out."""
    component = site.providing(capability)
    said: dict[str, object] = {}
    for host in site.hosts_of(component):
        for _, answer in answers_of(site, scene, component, host):
            if answer is not None and key in answer.data:
                said[host.name] = answer.data[key]
    return said


def holders(site: Site, scene: Scene) -> tuple[str, ...]:
    """The hosts that say they hold the address."""
    return tuple(name for name, holds in told(site, scene, Capability.ADDRESS, "holds").items() if holds)


def frontend_of(site: Site, capability: Capability) -> Frontend:
    """The first frontend of a capability; KeyError where nothing provides it, or it publishes nothing."""
    for frontend in site.providing(capability).frontends:
        return frontend
    raise KeyError(f"{capability}: no frontend")


def writer(site: Site, scene: Scene) -> str:
    """The host that the holder of the address sends database writes to; "" where nobody says."""
    name = frontend_of(site, Capability.DATABASE).name
    active = told(site, scene, Capability.BALANCER, "active")
    for holder in (*holders(site, scene), *active):
        choice = active.get(holder)
        if isinstance(choice, Mapping) and choice.get(name):
            return str(choice[name])
    return ""
