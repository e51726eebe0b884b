"""Walks a plan: each step when what it needs holds, hosts in parallel, journalled, resumable."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from holdfast.hosts.act import act
from holdfast.hosts.observe import ask
from holdfast.hosts.transport import Transport, Unreachable
from holdfast.journal import Journal, RunBegun, RunEnded, StepBegun, StepDone, StepFailed
from holdfast.model.plan import Gate, Plan, Step
from holdfast.model.question import Question

# What a cancelled run still waits for on the hosts, in seconds.
LAST_WAIT = 10.0
# How long gates go on being asked once a host of the run is lost, in seconds.
BEREFT = 20.0
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 0.5


class Happened(StrEnum):
    """What an event tells."""

    BEGUN = "begun"
    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"
    NOT_STARTED = "not started"


@dataclass(frozen=True)
class Event:
    """Something that happened to a step; `text` is its reason, its gate's last value or its failure.

    `finished` of `total` steps have ended in any way. Never holds a secret.
    """

    kind: Happened
    step: str
    host: str
    text: str
    finished: int
    total: int

    def __str__(self) -> str:
        return f"[{self.finished}/{self.total}] {self.step} {self.kind}: {self.text}"


@dataclass(frozen=True)
class Outcome:
    """How every step ended: done, or by id the reason why it failed or never began."""

    done: tuple[str, ...]
    failed: Mapping[str, str]
    not_started: Mapping[str, str]

    @property
    def ok(self) -> bool:
        """True when every step was done and every gate passed."""
        return not self.problems

    @property
    def problems(self) -> Mapping[str, str]:
        """By step: why it failed, or never began."""
        return {**self.failed, **self.not_started}


@dataclass(frozen=True)
class _Run:
    """What all steps of one run share; `gone` tells of each lost host why."""

    run_id: str
    epoch: int
    transports: Mapping[str, Transport]
    questions: Mapping[tuple[str, str], Question]
    journal: Journal
    watch: Callable[[Event], None]
    steps: Mapping[str, Step]
    turns: Mapping[str, asyncio.Lock]
    tasks: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    acting: set[asyncio.Task[str]] = field(default_factory=set)
    gone: dict[str, str] = field(default_factory=dict)
    done: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    not_started: dict[str, str] = field(default_factory=dict)

    def tell(self, kind: Happened, step: Step, text: str) -> None:
        """Shows an event, with how far the run has come."""
        finished = len(self.done) + len(self.failed) + len(self.not_started)
        self.watch(Event(kind, step.id, step.host, text, finished, len(self.steps)))


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

    A failed step stops what needs it and nothing else. Cancelled, it begins no new step, waits up to 10 s
    for actions under way, writes down where it stopped and raises CancelledError. Raises ValueError for a
    plan whose needs, hosts or gates do not exist or go in a circle, before anything is done.
    """
    if faults := _faults(plan, transports, questions):
        raise ValueError(f"the plan cannot be walked: {'; '.join(faults)}")
    steps, turns = {s.id: s for s in plan.steps}, {s.host: asyncio.Lock() for s in plan.steps}
    run = _Run(run_id, epoch, transports, questions, journal, watch, steps, turns)
    journal.append(RunBegun(run_id, len(plan.steps), why))
    for step in plan.steps:
        run.tasks[step.id] = asyncio.create_task(_walk(run, step))
    try:
        await asyncio.gather(*run.tasks.values())
    except BaseException:
        await _stop(run)
        raise
    _end(run, interrupted=False)
    return Outcome(tuple(run.done), run.failed, run.not_started)


def _end(run: _Run, *, interrupted: bool) -> None:
    ended = (len(run.done), len(run.failed), len(run.steps) - len(run.done) - len(run.failed))
    run.journal.append(RunEnded(run.run_id, *ended, interrupted=interrupted))


async def _stop(run: _Run) -> None:
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


async def _walk(run: _Run, step: Step) -> None:
    """One step's whole life. It raises only what stops the whole run."""
    await asyncio.gather(*(asyncio.shield(run.tasks[need]) for need in sorted(step.needs)))
    bad = [need for need in sorted(step.needs) if need in run.failed or need in run.not_started]
    if bad:
        verb = "failed" if bad[0] in run.failed else "was not started"
        run.not_started[step.id] = f"needs {bad[0]}, which {verb}"
        run.tell(Happened.NOT_STARTED, step, run.not_started[step.id])
        return
    reason = await _take_turn(run, step)
    if not reason and step.gate is not None:
        reason = await _pass(run, step, step.gate)
        if reason:
            run.journal.append(StepFailed(run.run_id, step.id, step.host, reason))
    if reason:
        run.failed[step.id] = reason
    else:
        run.done.append(step.id)
    run.tell(Happened.FAILED if reason else Happened.DONE, step, reason or step.why)


async def _take_turn(run: _Run, step: Step) -> str:
    """One step at a time on a host. The actions go on when this is cancelled: see `_stop`."""
    async with run.turns[step.host]:
        if step.host in run.gone:
            return run.gone[step.host]
        run.tell(Happened.BEGUN, step, step.why)
        acting = asyncio.create_task(_act(run, step))
        run.acting.add(acting)
        reason = await asyncio.shield(acting)
        run.acting.discard(acting)
        return reason


async def _act(run: _Run, step: Step) -> str:
    """The journal's record, the actions, the journal's record; "" or what went wrong."""
    run.journal.append(StepBegun(run.run_id, step.id, step.host, step.why))
    began = time.monotonic()
    try:
        result = await act(run.transports[step.host], run.run_id, step, epoch=run.epoch)
        reason = f"{step.host}: {result.error}" if result.error else ""
    except Unreachable as unreachable:
        reason = run.gone[step.host] = str(unreachable)
    if reason:
        run.journal.append(StepFailed(run.run_id, step.id, step.host, reason))
    else:
        run.journal.append(StepDone(run.run_id, step.id, step.host, time.monotonic() - began))
    return reason


async def _pass(run: _Run, step: Step, gate: Gate) -> str:
    """Asks until the answer is yes; "" or, past the deadline, the question with the last value seen."""
    question = run.questions[gate.host, gate.question]
    until = time.monotonic() + gate.deadline
    pause, said, lost, bereft = FIRST_PAUSE, "", 0, False
    while True:
        if run.gone and not bereft:
            # Members that wait for one whose host is lost would wait their whole deadlines in vain.
            until, bereft = min(until, time.monotonic() + BEREFT), True
        try:
            answer = await ask(run.transports[gate.host], question)
        except Unreachable as unreachable:
            text, lost = str(unreachable), lost + 1
        else:
            if answer.ok:
                return ""
            text, lost = answer.text, 0
        # One lost connection may be an accident, two in a row are not.
        if lost > 1 or time.monotonic() + pause > until:
            without = f" (without {', '.join(sorted(run.gone))})" if run.gone else ""
            when = f"{BEREFT:g} s after a host was lost{without}" if bereft else f"{gate.deadline:g} s"
            return f"{gate.host}: not so within {when}: {question.meaning}; last seen: {text}"
        if text != said:
            run.tell(Happened.WAITING, step, f"{question.meaning}: {text}")
            said = text
        await asyncio.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE)


def _faults(
    plan: Plan, transports: Mapping[str, Transport], questions: Mapping[tuple[str, str], Question]
) -> list[str]:
    """Everything for which the plan could not be walked to its end; needs must come before their step."""
    faults: list[str] = []
    before: set[str] = set()
    for step in plan.steps:
        faults += [f"{step.id} needs {need}, which is not before it" for need in sorted(step.needs - before)]
        hosts = {step.host} | ({step.gate.host} if step.gate else set())
        faults += [f"{step.id}: no way to host {host}" for host in sorted(hosts - set(transports))]
        if step.gate and (step.gate.host, step.gate.question) not in questions:
            faults.append(f"{step.id}: no question {step.gate.question} on {step.gate.host}")
        if step.id in before:
            faults.append(f"{step.id} is there twice")
        before.add(step.id)
    return faults
