"""Walks a plan: each step when what it needs holds, hosts in parallel, journalled, resumable."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from holdfast.converge.ending import Ending, Event, Happened
from holdfast.converge.gates import pass_gate
from holdfast.converge.guards import refusals, wait_on
from holdfast.converge.patience import Patience
from holdfast.converge.walk import Walk, faults
from holdfast.hosts.act import act
from holdfast.hosts.transport import Transport, Unreachable
from holdfast.journal import Journal, RunBegun, RunEnded, StepBegun, StepDone, StepFailed
from holdfast.model.plan import Change, Forget, Plan, Step, Unit
from holdfast.model.question import Question

__all__ = ["Ending", "Event", "Happened", "converge"]

# What a cancelled run still waits for on the hosts, in seconds.
LAST_WAIT = 10.0


async def converge(
    plan: Plan,
    transports: Mapping[str, Transport],
    questions: Mapping[tuple[str, str], Question],
    journal: Journal,
    watch: Callable[[Event], None],
    *,
    run_id: str,
    epoch: int = 0,
    why: str = "",
) -> Ending:
    """Executes a plan; `questions` is keyed by (host, name), `run_id` and `epoch` are those of the lock.

    A failed step stops what needs it and nothing else; a guarded one stops the rolling changes that it is
    a part of, too. Cancelled, it begins no new step, waits up to 10 s for actions under way, writes down
    where it stopped and raises CancelledError. Raises ValueError for a plan whose needs, hosts or questions
    do not exist or go in a circle, before anything is done.
    """
    if found := faults(plan, transports, questions):
        raise ValueError(f"the plan cannot be walked: {'; '.join(found)}")
    steps, turns = {s.id: s for s in plan.steps}, {s.host: asyncio.Lock() for s in plan.steps}
    groups = {guard.group: asyncio.Lock() for s in plan.steps for guard in s.guards}
    walk = Walk(run_id, epoch, transports, questions, journal, watch, steps, plan.waiting, turns, groups)
    journal.append(RunBegun(run_id, len(plan.steps), why))
    for each in plan.waiting:
        walk.tell(Happened.LEFT_OUT, each.step, each.host, each.why)
    for step in plan.steps:
        walk.tasks[step.id] = asyncio.create_task(_walk(walk, step))
    try:
        await asyncio.gather(*walk.tasks.values())
    except BaseException:
        await _stop(walk)
        raise
    _end(walk, interrupted=False)
    return Ending(tuple(walk.done), walk.failed, walk.not_started, walk.waiting)


def _end(walk: Walk, *, interrupted: bool) -> None:
    ended = (len(walk.done), len(walk.failed), len(walk.steps) - len(walk.done) - len(walk.failed))
    walk.journal.append(RunEnded(walk.run_id, *ended, interrupted=interrupted, waiting=len(walk.waiting)))


async def _stop(walk: Walk) -> None:
    """No step begins any more; those that act on a host are given time to come to their end."""
    for task in walk.tasks.values():
        task.cancel()
    try:
        if walk.acting:
            await asyncio.wait(walk.acting, timeout=LAST_WAIT)
    finally:
        for acting in walk.acting:
            acting.cancel()
        # The barriers, too: what nobody hears of, Python prints over the words that say where it stopped.
        ended: tuple[asyncio.Future[Any], ...]
        ended = (*walk.tasks.values(), *walk.acting, *walk.barriers.values())
        await asyncio.gather(*ended, return_exceptions=True)
        _end(walk, interrupted=True)


async def _walk(walk: Walk, step: Step) -> None:
    """One step's whole life. It raises only what stops the whole run."""
    if step.needs:
        await asyncio.shield(_barrier(walk, step.needs))
    if bad := sorted((walk.failed.keys() | walk.not_started.keys()) & step.needs):
        verb = "failed" if bad[0] in walk.failed else "was not started"
        walk.leave(step, f"needs {bad[0]}, which {verb}")
        return
    groups = sorted({guard.group for guard in step.guards})
    async with contextlib.AsyncExitStack() as held:
        # In one order everywhere, and before any host's turn: nobody waits for each other.
        for group in groups:
            await held.enter_async_context(walk.groups[group])
        if halted := [group for group in groups if group in walk.halted]:
            walk.leave(step, f"the rolling change of {halted[0]} stopped at {walk.halted[halted[0]]}")
            return
        walk.end(step, await _do(walk, step))


def _barrier(walk: Walk, needs: frozenset[str]) -> asyncio.Future[list[None]]:
    """The end of all these steps: one for everybody who needs the same, for thousands may."""
    if needs not in walk.barriers:
        walk.barriers[needs] = asyncio.gather(*(walk.tasks[need] for need in sorted(needs)))
    return walk.barriers[needs]


async def _do(walk: Walk, step: Step) -> str:
    """Actions, behind the guards, then the gate; "" or what went wrong."""
    reason = await _take_turn(walk, step)
    if not reason and step.gate is not None:
        reason = await pass_gate(walk, step, step.gate)
        if reason:
            reason += await _forget(walk, step)
            _fail(walk, step, reason)
    return reason


async def _forget(walk: Walk, step: Step) -> str:
    """A host whose gate failed forgets that its units are done, so that the next plan finds them due.

    "" or the words to add where it could not be told.
    """
    units = [a.name for a in step.actions if isinstance(a, Unit) and a.change is not Change.STOP]
    if not units:
        return ""
    undo = Step(step.id, step.host, tuple(Forget(unit) for unit in units), "its gate failed")
    async with walk.turns[step.host]:
        if error := await _see_through(walk, _send(walk, undo)):
            return f"; {', '.join(units)} stays on record as done, and the next plan will not see it: {error}"
    return ""


def _fail(walk: Walk, step: Step, reason: str) -> None:
    """Writes a failure down; the rolling changes of a step that was refused, or left half done, end."""
    walk.journal.append(StepFailed(walk.run_id, step.id, step.host, reason))
    walk.halted.update({guard.group: step.id for guard in step.guards})


async def _take_turn(walk: Walk, step: Step) -> str:
    """One step at a time on a host; a refused one gives its turn away while it waits to ask again."""
    patience = Patience(walk, step)
    while True:
        async with walk.turns[step.host]:
            if step.host in walk.gone:
                return walk.gone[step.host]
            refused = await refusals(walk, step)
            if not refused:
                walk.tell(Happened.BEGUN, step.id, step.host, step.why)
                return await _see_through(walk, _act(walk, step))
        if reason := await wait_on(walk, step, refused, patience):
            _fail(walk, step, reason)
            return reason


async def _see_through(walk: Walk, work: Coroutine[None, None, str]) -> str:
    """Work on a host, which goes on when this is cancelled: see `_stop`."""
    acting = asyncio.create_task(work)
    walk.acting.add(acting)
    reason = await asyncio.shield(acting)
    walk.acting.discard(acting)
    return reason


async def _act(walk: Walk, step: Step) -> str:
    """The journal's record, the actions, the journal's record; "" or what went wrong."""
    walk.journal.append(StepBegun(walk.run_id, step.id, step.host, step.why))
    began = time.monotonic()
    reason = await _send(walk, step)
    if reason:
        _fail(walk, step, reason)
    else:
        walk.journal.append(StepDone(walk.run_id, step.id, step.host, time.monotonic() - began))
    return reason


async def _send(walk: Walk, step: Step) -> str:
    """Has the actions done; "" or why not. A host that cannot be reached is lost to the whole run."""
    try:
        result = await act(walk.transports[step.host], walk.run_id, step, epoch=walk.epoch)
    except Unreachable as unreachable:
        walk.gone[step.host] = str(unreachable)
        return str(unreachable)
    return f"{step.host}: {result.error}" if result.error else ""
