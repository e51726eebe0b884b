"""power-address, power-writer, power-host: a machine loses its power at once."""

from __future__ import annotations

from collections.abc import Mapping

from holdfast.faults import Bench, Fault, Target
from holdfast.faults.aiming import ask, switch
from holdfast.model.observed import Observed
from holdfast.model.places import holders, writer
from holdfast.model.site import Site

ADDRESS, WRITER, HOST = "power-address", "power-writer", "power-host"


def _targets(site: Site, observed: Mapping[str, Observed | None], name: str, host: str) -> tuple[Target, ...]:
    if not host and name == WRITER:
        host = writer(site, observed)
    elif not host and name == ADDRESS:
        host = next(iter(holders(site, observed)), "")
    elif not host:
        host = _bystander(site, observed)
    return (Target(name, host),) if host else ()


def _bystander(site: Site, observed: Mapping[str, Observed | None]) -> str:
    """The first host that is neither holder nor writer: what the other two names do not strike."""
    busy = {*holders(site, observed), writer(site, observed)}
    free = [h.name for h in site.cloud.hosts if h.name not in busy]
    return free[0] if free else site.cloud.hosts[0].name


async def _inject(bench: Bench, target: Target) -> None:
    await switch(bench, target).off(ask(bench.site, target.host).name)


async def _heal(bench: Bench, target: Target) -> None:
    await switch(bench, target).on(ask(bench.site, target.host).name)


FAULT = Fault(
    family="power",
    summary="power loss of the address's holder, of the database's writer, or of another host",
    names=lambda site: (ADDRESS, WRITER, HOST),
    targets=_targets,
    inject=_inject,
    heal=_heal,
)
