"""Starts, restarts and reloads: side by side where nobody relies on it yet, else one host after another."""

from __future__ import annotations

from collections.abc import Iterable

from holdfast.model.observed import Observed
from holdfast.model.parts import Bootstrap
from holdfast.model.plan import Action, Change, Gate, Step, Unit
from holdfast.model.process import Ha, Process
from holdfast.plan.desired import Desired
from holdfast.plan.draft import NOTHING, Draft, Ids
from holdfast.plan.members import guards, rolls, spared

RUNNING = frozenset({"active", "activating", "reloading"})
UNPUBLISHED = "unpublished"
WHY = {
    Change.START: "does not run",
    Change.RESTART: "runs with an older configuration and reads it only at a start",
    Change.RELOAD: "runs with an older configuration and can read it anew",
}


def units_of(wanted: Iterable[Desired]) -> tuple[str, ...]:
    """Every unit of a component on any of its hosts, in the order in which they are started."""
    return tuple(dict.fromkeys(process.unit for each in wanted for process in each.processes))


def roll_out(draft: Draft, wanted: list[Desired], unit: str, needs: Ids, first: Bootstrap | None) -> Ids:
    """The steps that bring one unit, on each host that has it, to what it should run with; their ids.

    Those nobody relies on yet come first: a member that restarts finds the new ones there, which a quorum
    that grows from one needs.
    """
    here = [(each, process) for each in wanted for process in each.processes if process.unit == unit]
    first_host = first.host if first and any(p.ha is Ha.QUORUM for _, p in here) else ""
    due: list[tuple[bool, bool, Desired, Process, Change]] = []
    for each, process in here:
        # Members that wait for a first one, which nobody is, run only by the look of their units.
        change = change_of(draft, each, process) or (Change.START if first_host else None)
        if change is not None:
            fresh = _is_fresh(draft, each, process, change)
            due.append((not fresh, each.host.name != first_host, each, process, change))
    due.sort(key=lambda item: item[:2])
    ids: set[str] = set()
    last: Ids = NOTHING
    for settled, other, each, process, change in due:
        at_once = process.ha is not Ha.QUORUM or process.together
        waits = not (at_once if not settled else change is Change.RELOAD or not rolls(process))
        # One that waits for the last of a row waits for all before it.
        before = (last or needs | ids) if waits else needs
        step = _step(draft, each, process, change, before, None if other else first)
        why = spared(draft, each.placed, process, change)
        own = draft.wait(step, why) if why else draft.add(step)
        ids |= own
        last = (own or last) if waits else last
    return frozenset(ids)


def _is_fresh(draft: Draft, wanted: Desired, process: Process, change: Change) -> bool:
    """Nobody relies yet on a process that does not run, or that Holdfast never started.

    A unit's own record is not asked: it is forgotten for a while around a change.
    """
    host = wanted.host.name
    known = process.unit in draft.belongings(host, wanted.placed.name).units
    state = draft.observed[host].units.get(process.unit)
    return change is Change.START or state is None or not (state.applied or known)


def change_of(draft: Draft, wanted: Desired, process: Process) -> Change | None:
    """What a unit needs: nothing when it runs, enabled, with the digest it should have."""
    seen = draft.observed[wanted.host.name]
    state = seen.units.get(process.unit)
    if state is None or state.active not in RUNNING:
        return Change.START
    want_unit, want_config = wanted.digest(process).split(":")
    has_unit, _, has_config = state.applied.partition(":")
    if has_unit != want_unit:
        return Change.RESTART
    if has_config != want_config or drifted(seen, wanted, process) or undone(seen, process):
        if wanted.fragments:
            return None  # the last step that publishes reloads it, once
        return Change.RELOAD if process.reloads else Change.RESTART
    return None if state.enabled else Change.START


def _why(seen: Observed, process: Process, change: Change) -> str:
    """The reason of a change, as the unit and its work were found."""
    if lost := undone(seen, process):
        return f"did its work, and it does not hold: {lost}"
    state = seen.units.get(process.unit)
    if change is Change.START and state is not None and state.active in RUNNING:
        return (
            "waits for a first member" if state.enabled else "is disabled: it would not start with its host"
        )
    return WHY[change]


def drifted(seen: Observed, wanted: Desired, process: Process) -> bool:
    """Whether somebody else changed a file that the process reads: it may run with that by now."""
    mine = (f for f in wanted.files if f.path.startswith(process.watches))
    return any(seen.files.get(f.path) != f.digest for f in mine)


def undone(seen: Observed, process: Process) -> str:
    """What somebody undid of the work of a unit that ends by itself; "" where it holds or nobody can tell."""
    answer = None if process.lasting else seen.answers.get(process.health.name)
    return answer.text if answer is not None and answer.ok is False else ""


def _step(
    draft: Draft,
    wanted: Desired,
    process: Process,
    change: Change,
    needs: Ids,
    bootstrap: Bootstrap | None,
) -> Step:
    host, digest = wanted.host.name, wanted.digest(process)
    why = f"{process.unit} {_why(draft.observed[host], process, change)}"
    files = draft.observed[host].files
    late = (f for f in wanted.late_files(process) if files.get(f.path) != f.digest)
    actions: tuple[Action, ...] = tuple(late)
    if bootstrap is not None:
        actions, why = actions + bootstrap.actions, f"{why}; this host first: {bootstrap.why}"
    gate: Gate | None = Gate(host, process.health.name, process.start_deadline, process.proof)
    if wanted.fragments:
        # Its frontends come with the components behind them; until then it has nothing to answer for.
        digest, gate = f"{digest.split(':')[0]}:{UNPUBLISHED}", None
    return Step(
        f"{wanted.placed.name}/{change}-{process.stem}@{host}",
        host,
        (*actions, Unit(process.unit, change, digest, process.start_deadline)),
        why,
        needs,
        gate,
        guards(draft, wanted.placed, process, host, change),
        wanted.placed.name,
    )
