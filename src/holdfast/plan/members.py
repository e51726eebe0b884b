"""Members of a group: who can be reached, who starts it, what must hold before one is taken away."""

from __future__ import annotations

from holdfast.model.catalogue import Here, Placed
from holdfast.model.errors import Wanting
from holdfast.model.parts import Bootstrap
from holdfast.model.plan import Change, Guard
from holdfast.model.process import Ha, Process
from holdfast.plan.desired import HOSTS_MARK
from holdfast.plan.draft import Draft

TAKES_AWAY = frozenset({Change.RESTART, Change.STOP})


class PlanRefused(Wanting):
    """No plan can be made without risking data or service; the text holds the evidence and the cure."""


def refuse_what_is_gone(draft: Draft) -> None:
    """Raises PlanRefused where hosts remember one that the cloud file does not have any more."""
    known = {host.name for host in draft.site.cloud.hosts}
    memories = (seen.marks.get(HOSTS_MARK, "") for seen in draft.observed.values())
    if gone := sorted({name for memory in memories for name in memory.split()} - known):
        raise PlanRefused(
            f"{', '.join(gone)}: a host of this cloud that its file does not have any more; taking a host "
            "away is not built yet, and its peers would count on it for ever: put it back into the file"
        )


def refuse_without_majority(draft: Draft, placed: Placed) -> None:
    """Raises PlanRefused where too few members of a quorum answered to change anything of it."""
    places = draft.places(placed)
    if not placed.hosts or 2 * len(places) > len(placed.hosts):
        return
    missing = absent(draft, placed)
    site = draft.site
    if any(p.ha is Ha.QUORUM for host in placed.hosts[:1] for p in Here(site, placed, host).processes):
        raise PlanRefused(
            f"{placed.name}: only {len(places)} of its {len(placed.hosts)} members can be reached, and "
            f"without a majority nothing of it may be changed: bring back {', '.join(missing)}"
        )


def absent(draft: Draft, placed: Placed) -> tuple[str, ...]:
    """The hosts of a component that could not be reached."""
    return tuple(host.name for host in placed.hosts if host.name not in draft.observed)


def whole(here: Here) -> tuple[Guard, ...]:
    """What must hold just before work that takes every host of a component: each does its work."""
    hosts = tuple(host.name for host in here.placed.hosts)
    meaning = "every member does its work"
    return tuple(
        Guard(p.health.name, hosts, f"{meaning} ({p.health.meaning})", here.placed.name)
        for p in here.processes
    )


def first_member(draft: Draft, placed: Placed) -> Bootstrap | None:
    """The member that starts a cluster which is stopped everywhere; None where it is not, or needs none.

    Raises PlanRefused where the members disagree about their data, or the first one must not be touched.
    """
    if placed.component.bootstrap is None or not placed.hosts:
        return None
    decision = placed.component.bootstrap(placed, draft.observed)
    if decision is None:
        return None
    if decision.refusal:
        raise PlanRefused(decision.refusal)
    if decision.host in draft.left_out:
        why = draft.left_out[decision.host]
        raise PlanRefused(f"{placed.name} must be started on {decision.host} first, but: {why}")
    return decision


def rolls(process: Process) -> bool:
    """Whether its hosts take turns: all but workers, of which nobody waits for a certain one."""
    return process.ha is not Ha.WORKERS


def guards(draft: Draft, placed: Placed, process: Process, host: str, change: Change) -> tuple[Guard, ...]:
    """What must hold just before a host's process is taken away: all the others do their work.

    Those that cannot be reached are not asked: `spared` says whether they can be spared.
    """
    if change not in TAKES_AWAY or not rolls(process):
        return ()
    others = tuple(h.name for h in placed.hosts if h.name != host and h.name in draft.observed)
    if not others:
        return ()
    meaning = f"all other members do their work ({process.health.meaning})"
    apart = process.ha is Ha.BALANCED
    return (Guard(process.health.name, others, meaning, placed.name, apart=apart),)


def spared(draft: Draft, placed: Placed, process: Process, change: Change) -> str:
    """Why a member cannot be taken away now, since others are missing; "" where it can."""
    if change not in TAKES_AWAY or process.ha is not Ha.QUORUM:
        return ""
    missing = absent(draft, placed)
    left = len(placed.hosts) - len(missing) - 1
    if not missing or 2 * left > len(placed.hosts):
        return ""
    return f"without {', '.join(missing)} the others would lose their majority while it restarts"
