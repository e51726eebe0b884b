"""Run-once work: on one host of a component, one after the other, where no host has a record of it."""

from __future__ import annotations

from holdfast.model.catalogue import Here
from holdfast.model.parts import Once, When
from holdfast.model.plan import Run, Step
from holdfast.plan.desired import mark_of
from holdfast.plan.draft import NOTHING, Draft, Ids
from holdfast.plan.members import absent, whole


def run_once(draft: Draft, places: list[Here], when: When, needs: Ids, waits: str = "") -> Ids:
    """The steps of the work that is due at that time, on the first place that may be touched; their ids.

    `waits` says why such work cannot be done now; it has no ids then.
    """
    able = [here for here in places if here.host.name not in draft.left_out] or places
    if not able:
        return NOTHING
    ids = NOTHING
    for work in (w for w in able[0].component.once(able[0]) if w.when is when):
        if why := _due(draft, places, work):
            step = _step(able[0], work, why, needs | ids)
            missing = absent(draft, able[0].placed) if work.by_all else ()
            stands = waits or (f"it takes {', '.join(missing)} too" if missing else "")
            # What waits is not waited for: the others of its component do not stand on it.
            ids |= draft.wait(step, stands) if stands else draft.add(step)
    return ids


def _due(draft: Draft, places: list[Here], work: Once) -> str:
    """Why the work is to be done; "" where it is on record, and what it made is still there."""
    mark = mark_of(places[0].placed, work)
    seen = [draft.observed[here.host.name] for here in places]
    at_end = work.when is When.AFTER_LEAVING
    if not at_end and not any(each.marks.get(mark) == work.digest for each in seen):
        return work.why
    if work.holds is not None:
        for each in seen:
            answer = each.answers.get(work.holds.name)
            if answer is not None and answer.ok is False:
                return f"{work.why}: {answer.text}"
    return ""


def _step(here: Here, work: Once, why: str, needs: Ids) -> Step:
    mark = mark_of(here.placed, work)
    run = Run(work.argv, work.stdin, work.user, work.env, mark, work.digest, work.timeout)
    name, host = here.placed.name, here.host.name
    guards = whole(here) if work.by_all else ()
    return Step(f"{name}/{work.id}@{host}", host, (run,), why, needs, guards=guards, component=name)
