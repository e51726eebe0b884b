"""link-host: a machine's network cable is pulled while it runs on."""

from __future__ import annotations

from collections.abc import Mapping

from holdfast.faults import Bench, Fault, Target
from holdfast.faults.aiming import ask, switch
from holdfast.model.observed import Observed
from holdfast.model.places import holders
from holdfast.model.site import Site

NAME = "link-host"


def _targets(site: Site, observed: Mapping[str, Observed | None], name: str, host: str) -> tuple[Target, ...]:
    wanted = host or next(iter(holders(site, observed)), "")
    return (Target(name, wanted),) if wanted else ()


async def _inject(bench: Bench, target: Target) -> None:
    await switch(bench, target).link(ask(bench.site, target.host).name, False)


async def _heal(bench: Bench, target: Target) -> None:
    await switch(bench, target).link(ask(bench.site, target.host).name, True)


FAULT = Fault(
    family="link",
    summary="the network link of a host (by default the address's holder) goes down while it runs on",
    names=lambda site: (NAME,),
    targets=_targets,
    inject=_inject,
    heal=_heal,
)
