"""power-<landmark>, power-host: machines lose their power at once."""

from __future__ import annotations

from collections.abc import Iterable

from holdfast.faults import Fault, Hands, Target
from holdfast.faults.aiming import sets_of
from holdfast.faults.aiming.deeds import on_each, switch
from holdfast.model.catalogue import Site
from holdfast.model.component import Component
from holdfast.model.failover import Effect, Strike
from holdfast.model.scene import Scene, landmarks, where

HOST = "power-host"


def _strikes(components: Iterable[Component]) -> tuple[Strike, ...]:
    marks = dict.fromkeys(mark.name for component in components for mark in component.landmarks)
    at_marks = (Strike(f"power-{mark}", Effect.SILENT, landmarks=frozenset({mark})) for mark in marks)
    return (*at_marks, Strike(HOST, Effect.SILENT))


def _targets(site: Site, scene: Scene, strike: Strike, wanted: str) -> tuple[Target, ...]:
    name, hosts = strike.fault, site.cloud.hosts
    if name == HOST:
        first = _bystander(site, scene)
    else:
        first = next((host for mark in strike.landmarks for host in where(site, scene, mark)), "")
    return tuple(Target(name, tuple(names)) for names in sets_of(site, scene, name, wanted, hosts, first))


def _bystander(site: Site, scene: Scene) -> str:
    """The first host where no landmark is: what the other names do not strike."""
    busy = {host for mark in landmarks(site) for host in where(site, scene, mark)}
    hosts = [host.name for host in site.cloud.hosts]
    return next((host for host in hosts if host not in busy), hosts[0])


async def _off(hands: Hands, target: Target, host: str) -> None:
    await switch(hands, target).off(host)


async def _on(hands: Hands, target: Target, host: str) -> None:
    await switch(hands, target).on(host)


async def _inject(hands: Hands, target: Target) -> None:
    await on_each(hands, target, _off)


async def _heal(hands: Hands, target: Target) -> None:
    await on_each(hands, target, _on)


FAULT = Fault(
    family="power",
    summary="power loss of the host where a thing is just now, or of one where none of them is",
    strikes=_strikes,
    targets=_targets,
    inject=_inject,
    heal=_heal,
    grave=True,
)
