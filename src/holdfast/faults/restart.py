"""restart-<unit>: a backend of the load balancer is restarted as an operator would: nobody may notice."""

from __future__ import annotations

from holdfast.faults import Fault, Hands, Target
from holdfast.faults.aiming import backend_strikes, process_targets
from holdfast.faults.aiming.deeds import on_each, run, start_all
from holdfast.model.failover import Effect


async def _restart(hands: Hands, target: Target, host: str) -> None:
    # It takes as long as its calls do: the drill goes on meanwhile.
    await run(hands, target, host, "systemctl", "restart", "--no-block", target.unit)


async def _inject(hands: Hands, target: Target) -> None:
    await on_each(hands, target, _restart)


FAULT = Fault(
    family="restart",
    summary="a backend is restarted in order: no call may fail",
    strikes=lambda components: backend_strikes(components, "restart", Effect.LEAVING),
    targets=process_targets,
    inject=_inject,
    heal=start_all,
    returns=True,
)
