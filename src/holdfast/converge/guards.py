"""The guards before a step that takes something away: asked over their whole group, just before."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from holdfast.converge.patience import Patience
from holdfast.converge.walk import Walk
from holdfast.hosts.observe import ask
from holdfast.hosts.transport import Unreachable
from holdfast.journal import GuardRefused
from holdfast.model.plan import Change, Guard, Step, Unit

TAKEN = {
    Change.START: "started",
    Change.RESTART: "restarted",
    Change.RELOAD: "reloaded",
    Change.STOP: "stopped",
}


@dataclass(frozen=True)
class Refusal:
    """A guard that did not hold, and by host what those said who did not say yes."""

    guard: Guard
    said: Mapping[str, str]

    def __str__(self) -> str:
        return "; ".join(f"{host} {words}" for host, words in sorted(self.said.items()))


async def refusals(walk: Walk, step: Step) -> tuple[Refusal, ...]:
    """Asks all guards of a step on all their hosts at the same time; empty when every host says yes.

    A step on a host that does not do the work itself needs no yes of the others where members are apart: they
    may all speak what the balancers will only understand when all were restarted.
    """
    asked = [(guard, host) for guard in step.guards for host in guard.hosts]
    words = await asyncio.gather(*(_refused(walk, host, guard) for guard, host in asked))
    said: dict[Guard, dict[str, str]] = {}
    for (guard, host), word in zip(asked, words, strict=True):
        if word:
            said.setdefault(guard, {})[host] = word
    for guard in [each for each in said if each.apart]:
        if await _refused(walk, step.host, guard):
            del said[guard]
    return tuple(Refusal(guard, by_host) for guard, by_host in said.items())


async def _refused(walk: Walk, host: str, guard: Guard) -> str:
    try:
        answer = await ask(walk.transports[host], walk.questions[host, guard.question])
    except Unreachable as unreachable:
        return f"cannot be reached: {unreachable.why}"
    return "" if answer.ok else f"says {answer.text}"


async def wait_on(walk: Walk, step: Step, refused: tuple[Refusal, ...], patience: Patience) -> str:
    """Lets some time pass; "" or, past a guard's deadline, why the step is not done, which is journalled."""
    late = [each for each in refused if patience.ended(each.guard.deadline)]
    if not late:
        await patience.wait("; ".join(f"{each.guard.meaning}: {each}" for each in refused))
        return ""
    for each in late:
        walk.journal.append(GuardRefused(walk.run_id, step.id, step.host, each.guard.question, each.said))
    told = (
        f"{each}; not so within {patience.given(each.guard.deadline)}: {each.guard.meaning}" for each in late
    )
    stops = f"the rolling change of {', '.join(sorted({e.guard.group for e in late}))} stops here"
    return f"not {_taken(step)}: {'; '.join(told)}; {stops}"


def _taken(step: Step) -> str:
    changes = [action.change for action in step.actions if isinstance(action, Unit)]
    return TAKEN[changes[-1]] if changes else "begun"
