"""link-host: a machine's network cable is pulled while it runs on."""

from __future__ import annotations

from collections.abc import Iterable

from holdfast.faults import Fault, Hands, Target
from holdfast.faults.aiming import matters, sets_of
from holdfast.faults.aiming.deeds import on_each, switch
from holdfast.model.catalogue import Site
from holdfast.model.component import Component
from holdfast.model.failover import Effect, Strike
from holdfast.model.scene import Scene

NAME = "link-host"
AIM = "address"
"""The landmark whose host is struck where nobody says another."""


def _strikes(components: Iterable[Component]) -> tuple[Strike, ...]:
    known = {mark.name for component in components for mark in component.landmarks}
    return (Strike(NAME, Effect.SILENT, landmarks=frozenset({AIM} & known)),)


def _targets(site: Site, scene: Scene, strike: Strike, wanted: str) -> tuple[Target, ...]:
    hosts = site.cloud.hosts
    first = matters(site, scene, AIM, hosts)
    return tuple(Target(NAME, tuple(names)) for names in sets_of(site, scene, NAME, wanted, hosts, first))


async def _down(hands: Hands, target: Target, host: str) -> None:
    await switch(hands, target).link(host, False)


async def _up(hands: Hands, target: Target, host: str) -> None:
    await switch(hands, target).link(host, True)


async def _inject(hands: Hands, target: Target) -> None:
    await on_each(hands, target, _down)


async def _heal(hands: Hands, target: Target) -> None:
    await on_each(hands, target, _up)


FAULT = Fault(
    family="link",
    summary="the network link of a host (by default the address's holder) goes down while it runs on",
    strikes=_strikes,
    targets=_targets,
    inject=_inject,
    heal=_heal,
)
