"""kill-<unit>: every process of a unit gets SIGKILL; systemd starts it again."""

from __future__ import annotations

from collections.abc import Mapping

from holdfast.faults import Bench, Fault, Target
from holdfast.faults.aiming import aim_unit, run, start, units
from holdfast.model.observed import Observed
from holdfast.model.site import Site

PREFIX = "kill-"


def _targets(site: Site, observed: Mapping[str, Observed | None], name: str, host: str) -> tuple[Target, ...]:
    return aim_unit(site, observed, name, name.removeprefix(PREFIX), host)


async def _inject(bench: Bench, target: Target) -> None:
    await run(bench, target, "systemctl", "kill", "--kill-whom=all", "--signal=KILL", target.unit)


FAULT = Fault(
    family="kill",
    summary="SIGKILL to every process of a unit; systemd has to start it again",
    names=lambda site: tuple(PREFIX + unit for unit in units(site)),
    targets=_targets,
    inject=_inject,
    heal=start,
    returns=True,
)
