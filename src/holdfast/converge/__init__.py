"""Walks a plan: each step when what it needs holds, hosts in parallel, journalled, resumable."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Coroutine, Mapping

from holdfast.converge.gates import pass_gate
from holdfast.converge.guards import refusals, wait_on
from holdfast.converge.outcome import Event, Happened, Outcome
from holdfast.converge.patience import Patience
from holdfast.converge.run import Run, faults
from holdfast.hosts.act import act
from holdfast.hosts.transport import Transport, Unreachable
from holdfast.journal import Journal, RunBegun, RunEnded, StepBegun, StepDone, StepFailed
from holdfast.model.plan import Change, Forget, Plan, Step, Unit
from holdfast.model.question import Question

__all__ = ["Event", "Happened", "Outcome", "converge"]

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
) -> Outcome:
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
    run = Run(run_id, epoch, transports, questions, journal, watch, steps, plan.waiting, turns, groups)
    journal.append(RunBegun(run_id, len(plan.steps), why))
    for each in plan.waiting:
        run.tell(Happened.LEFT_OUT, each.step, each.host, each.why)
    for step in plan.steps:
        run.tasks[step.id] = asyncio.create_task(_walk(run, step))
    try:
        await asyncio.gather(*run.tasks.values())
    except BaseException:
        await _stop(run)
        raise
    _end(run, interrupted=False)
    return Outcome(tuple(run.done), run.failed, run.not_started, run.waiting)


def _end(run: Run, *, interrupted: bool) -> None:
    ended = (len(run.done), len(run.failed), len(run.steps) - len(run.done) - len(run.failed))
    run.journal.append(RunEnded(run.run_id, *ended, interrupted=interrupted, waiting=len(run.waiting)))


async def _stop(run: Run) -> None:
    """No step begins any more; those that act on a host are given time to come to their end."""
    for task in run.tasks.values():
        task.cancel()
    try:
        if run.acting:
            await asyncio.wait(run.acting, timeout=LAST_WAIT)
    finally:
        for acting in run.acting:
            acting.cancel()
        await asyncio.gather(*run.tasks.values(), *run.acting, return_exceptions=True)
        _end(run, interrupted=True)


async def _walk(run: Run, step: Step) -> None:
    """One step's whole life. It raises only what stops the whole run."""
    if step.needs:
        await asyncio.shield(_barrier(run, step.needs))
    if bad := sorted((run.failed.keys() | run.not_started.keys()) & step.needs):
        verb = "failed" if bad[0] in run.failed else "was not started"
        run.leave(step, f"needs {bad[0]}, which {verb}")
        return
    groups = sorted({guard.group for guard in step.guards})
    async with contextlib.AsyncExitStack() as held:
        # In one order everywhere, and before any host's turn: nobody waits for each other.
        for group in groups:
            await held.enter_async_context(run.groups[group])
        if halted := [group for group in groups if group in run.halted]:
            run.leave(step, f"the rolling change of {halted[0]} stopped at {run.halted[halted[0]]}")
            return
        run.end(step, await _do(run, step))


def _barrier(run: Run, needs: frozenset[str]) -> asyncio.Future[list[None]]:
    """The end of all these steps: one for everybody who needs the same, for thousands may."""
    if needs not in run.barriers:
        run.barriers[needs] = asyncio.gather(*(run.tasks[need] for need in sorted(needs)))
    return run.barriers[needs]


async def _do(run: Run, step: Step) -> str:
    """Actions, behind the guards, then the gate; "" or what went wrong."""
    reason = await _take_turn(run, step)
    if not reason and step.gate is not None:
        reason = await pass_gate(run, step, step.gate)
        if reason:
            reason += await _forget(run, step)
            _fail(run, step, reason)
    return reason


async def _forget(run: Run, step: Step) -> str:
    """A host whose gate failed forgets that its units are done, so that the next plan finds them due.

    "" or the words to add where it could not be told.
    """
    units = [a.name for a in step.actions if isinstance(a, Unit) and a.change is not Change.STOP]
    if not units:
        return ""
    undo = Step(step.id, step.host, tuple(Forget(unit) for unit in units), "its gate failed")
    async with run.turns[step.host]:
        if error := await _see_through(run, _send(run, undo)):
            return f"; {', '.join(units)} stays on record as done, and the next plan will not see it: {error}"
    return ""


def _fail(run: Run, step: Step, reason: str) -> None:
    """Writes a failure down; the rolling changes of a step that was refused, or left half done, end."""
    run.journal.append(StepFailed(run.run_id, step.id, step.host, reason))
    run.halted.update({guard.group: step.id for guard in step.guards})


async def _take_turn(run: Run, step: Step) -> str:
    """One step at a time on a host; a refused one gives its turn away while it waits to ask again."""
    patience = Patience(run, step)
    while True:
        async with run.turns[step.host]:
            if step.host in run.gone:
                return run.gone[step.host]
            refused = await refusals(run, step)
            if not refused:
                run.tell(Happened.BEGUN, step.id, step.host, step.why)
                return await _see_through(run, _act(run, step))
        if reason := await wait_on(run, step, refused, patience):
            _fail(run, step, reason)
            return reason


async def _see_through(run: Run, work: Coroutine[None, None, str]) -> str:
    """Work on a host, which goes on when this is cancelled: see `_stop`."""
    acting = asyncio.create_task(work)
    run.acting.add(acting)
    reason = await asyncio.shield(acting)
    run.acting.discard(acting)
    return reason


async def _act(run: Run, step: Step) -> str:
    """The journal's record, the actions, the journal's record; "" or what went wrong."""
    run.journal.append(StepBegun(run.run_id, step.id, step.host, step.why))
    began = time.monotonic()
    reason = await _send(run, step)
    if reason:
        _fail(run, step, reason)
    else:
        run.journal.append(StepDone(run.run_id, step.id, step.host, time.monotonic() - began))
    return reason


async def _send(run: Run, step: Step) -> str:
    """Has the actions done; "" or why not. A host that cannot be reached is lost to the whole run."""
    try:
        result = await act(run.transports[step.host], run.run_id, step, epoch=run.epoch)
    except Unreachable as unreachable:
        run.gone[step.host] = str(unreachable)
        return str(unreachable)
    return f"{step.host}: {result.error}" if result.error else ""
