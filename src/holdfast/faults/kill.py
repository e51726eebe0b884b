"""kill-<unit>: every process of a unit gets SIGKILL; systemd starts it again."""

from __future__ import annotations

from holdfast.faults import Fault, Hands, Target
from holdfast.faults.aiming import process_strikes, process_targets
from holdfast.faults.aiming.deeds import on_each, run, start_all
from holdfast.model.failover import Effect


async def _kill(hands: Hands, target: Target, host: str) -> None:
    await run(hands, target, host, "systemctl", "kill", "--kill-whom=all", "--signal=KILL", target.unit)


async def _inject(hands: Hands, target: Target) -> None:
    await on_each(hands, target, _kill)


FAULT = Fault(
    family="kill",
    summary="SIGKILL to every process of a unit; systemd has to start it again",
    strikes=lambda components: process_strikes(components, "kill", Effect.GONE),
    targets=process_targets,
    inject=_inject,
    heal=start_all,
    returns=True,
)
