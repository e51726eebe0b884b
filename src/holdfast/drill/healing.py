"""Healing what a drill injected, from this process or from any later one."""

from __future__ import annotations

import asyncio

from holdfast.drill.drill import Drill
from holdfast.faults import Target, find, read_target
from holdfast.hosts.transport import Unreachable
from holdfast.journal import FaultHealed

HEAL_PATIENCE = 90.0


async def heal_open(drill: Drill) -> tuple[Target, ...]:
    """Heals every fault that any earlier process left, newest first. Raises what healing raises."""
    healed = []
    for record in reversed(drill.journal.open_faults()):
        target = read_target(record.target)
        await heal(drill, target)
        drill.journal.append(FaultHealed(record.fault_id))
        healed.append(target)
    return tuple(healed)


async def heal(drill: Drill, target: Target) -> None:
    """Heals with patience: a host that has just got its power back cannot be reached at once."""
    fault, _ = find(drill.hands.site, target.fault)
    loop = asyncio.get_running_loop()
    end = loop.time() + HEAL_PATIENCE
    while True:
        try:
            return await fault.heal(drill.hands, target)
        except Unreachable:
            if loop.time() > end:
                raise
            await asyncio.sleep(1)
