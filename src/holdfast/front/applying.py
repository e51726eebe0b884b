"""Applying: what was shown is what is done, or it is shown again with what changed, or refused."""

from __future__ import annotations

import asyncio
import getpass
import os
import socket
import time
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from holdfast.front.asking import NotWanted
from holdfast.front.events import Note, Say, lines
from holdfast.front.planning import Made, make_plan
from holdfast.front.project import Project, cache_folder
from holdfast.front.service import look_at
from holdfast.front.summary import Summary, summarise
from holdfast.hosts.lock import Held, held
from holdfast.hosts.transport import Transport
from holdfast.model.errors import Wanting
from holdfast.model.finding import Finding, Verdict
from holdfast.model.plan import Plan, Unpack
from holdfast.model.planfile import WrittenPlan, differences, on_paper

SETTLE, PAUSE = 30.0, 0.5


class PlanChanged(Wanting):
    """What would be done now is not what was approved: says what changed since; nothing was changed."""

    def __init__(self, changes: tuple[str, ...]) -> None:
        what = "\n".join(f"  {each}" for each in changes)
        super().__init__(
            f"the hosts or the cloud file changed since this plan was made, and nothing was done:\n{what}\n"
            "make the plan anew: `holdfast plan --out FILE`"
        )


@dataclass(frozen=True)
class Proposal:
    """What is shown before it is done: `changes` is what is otherwise than when it was shown last.

    `approved` says that somebody agreed to just this already.
    """

    summary: Summary
    changes: tuple[str, ...] = ()
    approved: bool = False


Ask = Callable[[Proposal], Awaitable[bool]]
"""Shows a proposal; whether it is to be done."""


async def agree(_proposal: Proposal) -> bool:
    """For those who agreed beforehand, and look at nothing."""
    return True


@dataclass(frozen=True)
class Wish:
    """What an apply is to do: others who wait read `why`, `hosts` limits it, `approved` is all it may do."""

    why: str
    hosts: tuple[str, ...] = ()
    approved: WrittenPlan | None = None


@dataclass(frozen=True)
class Applied:
    """The end of an apply: the plan it walked, why steps failed or never began, and the state after."""

    made: Made
    failed: Mapping[str, str]
    state: tuple[Finding, ...]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What became of each step that did not end well, who waits, then the state of everything."""
        failed = (
            Finding(Verdict.FAIL, "apply", step, reason, "mend the cause, then apply again: it resumes here")
            for step, reason in self.failed.items()
        )
        return (*failed, *self.made.findings, *self.state)


async def apply(
    project: Project, transports: Mapping[str, Transport], wish: Wish, say: Say, ask: Ask
) -> Applied:
    """Makes the hosts what the cloud file says, or touches nothing where they are.

    Raises UnknownHost, HostsUnreachable, NotFit, PlanRefused, PlanChanged, NotWanted, LockHeld,
    JournalUnwritable.
    """
    project.journal.prove()
    say(Note("looking at every host"))
    made = await _once_started(project, transports, wish.hosts, say)
    if wish.approved is not None:
        _refuse_other(wish.approved, made.plan)
    if made.plan.empty:
        return Applied(made, {}, (await look_at(project, transports)).findings)
    shown = on_paper(project.cloud.name, made.plan)
    await _propose(ask, Proposal(summarise(project.site, made.plan), approved=wish.approved is not None))
    run_id = uuid.uuid4().hex[:12]
    ways = {name: way for name, way in transports.items() if name not in made.unreachable}
    async with held(ways, _who(), wish.why, run_id, leave_out=True) as lock:
        for taken in lock.taken_over:
            say(taken)
        # Whoever held the lock until now may have changed what was seen before it was ours.
        made = await make_plan(project, transports, wish.hosts, {**made.unreachable, **lock.left_out})
        if changes := differences(shown, made.plan):
            if wish.approved is not None:
                raise PlanChanged(changes)
            await _propose(ask, Proposal(summarise(project.site, made.plan), changes))
        failed = await _walk(project, transports, made.plan, lock, wish.why, say)
    return Applied(made, failed, (await look_at(project, transports)).findings)


async def _once_started(
    project: Project, transports: Mapping[str, Transport], hosts: tuple[str, ...], say: Say
) -> Made:
    """The plan, made when no unit is in the middle of its start any more, or SETTLE seconds have passed.

    A member that has just begun to start may join, or wait for a group that nobody forms: what is due is
    known when it did. One that tries for longer is not waited for, so that it can be helped.
    """
    told: tuple[str, ...] = ()
    end = time.monotonic() + SETTLE
    while (made := await make_plan(project, transports, hosts)).starting and time.monotonic() < end:
        if made.starting != told:
            say(Note(f"waiting for the start of {', '.join(made.starting)}"))
            told = made.starting
        await asyncio.sleep(PAUSE)
    return made


def _refuse_other(approved: WrittenPlan, plan: Plan) -> None:
    if changes := differences(approved, plan):
        raise PlanChanged(changes)


async def _propose(ask: Ask, proposal: Proposal) -> None:
    if not await ask(proposal):
        raise NotWanted


async def _walk(
    project: Project, transports: Mapping[str, Transport], plan: Plan, lock: Held, why: str, say: Say
) -> Mapping[str, str]:
    """Has the plan done; by step, why it failed or never began."""
    from holdfast.converge import converge
    from holdfast.plan.inquiry import all_questions

    await asyncio.to_thread(_build_release, project, plan, say)
    questions = all_questions(project.site)
    outcome = await converge(
        plan, transports, questions, project.journal, say, run_id=lock.run_id, epoch=lock.epoch, why=why
    )
    return {**outcome.failed, **outcome.not_started}


def _build_release(project: Project, plan: Plan, say: Say) -> None:
    if any(isinstance(action, Unpack) for step in plan.steps for action in step.actions):
        from holdfast.artefact import build_release
        from holdfast.front.labs import lab_image

        image = lab_image(say) if project.in_lab else None
        build_release(project.cloud.release, cache_folder(), image, lines(say))


def _who() -> str:
    return f"{getpass.getuser()}@{socket.gethostname()} (process {os.getpid()})"
