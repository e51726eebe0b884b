"""freeze-<unit>: every process of a unit is stopped in its tracks (SIGSTOP): hung is dead."""

from __future__ import annotations

from holdfast.faults import Fault, Hands, Target
from holdfast.faults.aiming import process_strikes, process_targets
from holdfast.faults.aiming.deeds import on_each, run, start
from holdfast.model.failover import Effect


async def _stop(hands: Hands, target: Target, host: str) -> None:
    await run(hands, target, host, "systemctl", "kill", "--kill-whom=all", "--signal=STOP", target.unit)


async def _go_on(hands: Hands, target: Target, host: str) -> None:
    # A unit without processes refuses the signal: it is started below.
    command = ("systemctl", "kill", "--kill-whom=all", "--signal=CONT", target.unit)
    await run(hands, target, host, *command, tolerate=True)
    await start(hands, target, host)


async def _inject(hands: Hands, target: Target) -> None:
    await on_each(hands, target, _stop)


async def _heal(hands: Hands, target: Target) -> None:
    await on_each(hands, target, _go_on)


FAULT = Fault(
    family="freeze",
    summary="SIGSTOP to every process of a unit: it accepts and never answers",
    strikes=lambda components: process_strikes(components, "freeze", Effect.SILENT),
    targets=process_targets,
    inject=_inject,
    heal=_heal,
)
