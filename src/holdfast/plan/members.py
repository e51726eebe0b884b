"""Members of a group: which one starts a stopped cluster, and what must hold before one is taken away."""

from __future__ import annotations

from holdfast.model.catalogue import Placed
from holdfast.model.errors import Wanting
from holdfast.model.parts import Bootstrap
from holdfast.model.plan import Change, Guard
from holdfast.model.process import Ha, Process
from holdfast.plan.draft import Draft

TAKES_AWAY = frozenset({Change.RESTART, Change.STOP})


class PlanRefused(Wanting):
    """No plan can be made without risking data; the text holds the evidence and the cure."""


def first_member(draft: Draft, placed: Placed) -> Bootstrap | None:
    """The member that starts a cluster which is stopped everywhere; None where it is not, or needs none.

    Raises PlanRefused where the members disagree about their data.
    """
    if placed.component.bootstrap is None or not placed.hosts:
        return None
    decision = placed.component.bootstrap(placed, draft.observed)
    if decision is not None and decision.refusal:
        raise PlanRefused(decision.refusal)
    return decision


def rolls(process: Process) -> bool:
    """Whether its hosts take turns: all but workers, of which nobody waits for a certain one."""
    return process.ha is not Ha.WORKERS


def guards(placed: Placed, process: Process, host: str, change: Change) -> tuple[Guard, ...]:
    """What must hold just before a host's process is taken away: all the others do their work."""
    others = tuple(h.name for h in placed.hosts if h.name != host)
    if change not in TAKES_AWAY or not rolls(process) or not others:
        return ()
    meaning = f"all other members do their work ({process.health.meaning})"
    return (Guard(process.health.name, others, meaning, placed.name),)
