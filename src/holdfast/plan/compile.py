"""From a site and what was observed to the plan that makes the one into the other."""

from __future__ import annotations

from collections.abc import Mapping

from holdfast.model.catalogue import Placed, Site
from holdfast.model.observed import Observed
from holdfast.model.parts import When
from holdfast.model.plan import Plan, Waiting
from holdfast.plan.desired import Desired, desired
from holdfast.plan.draft import Draft, Ids, union
from holdfast.plan.leave import leave
from holdfast.plan.members import first_member, refuse_what_is_gone, refuse_without_majority
from holdfast.plan.once import run_once
from holdfast.plan.order import in_order
from holdfast.plan.place import placing
from holdfast.plan.publish import publish
from holdfast.plan.rollout import roll_out, units_of


def compile_plan(
    site: Site, observed: Mapping[str, Observed], left_out: Mapping[str, str] | None = None
) -> Plan:
    """The steps that lead from `observed` to the site; empty when nothing differs.

    `left_out` says of hosts that must not be touched why. One that is not in `observed` could not be
    reached: all of it waits. One that is there was not chosen: its steps wait, and the others are made from
    the whole truth. Raises PlanRefused where data or a majority would be risked.
    """
    draft = Draft(site, observed, left_out or {})
    refuse_what_is_gone(draft)
    everything = {p.name: [desired(here) for here in draft.places(p)] for p in site.placed}
    balancers = [d for ds in everything.values() for d in ds if d.fragments]
    for placed in site.placed:
        _plan(draft, placed, everything[placed.name])
        if placed.component.frontends:
            draft.done[placed.name] |= publish(draft, balancers, placed.name)
    at_balancers = {d.placed.name for d in balancers}
    published = frozenset(step.id for step in draft.steps if step.component in at_balancers)
    _leave(draft, published, {run.mark for ds in everything.values() for d in ds for run in d.setup})
    draft.waiting += _out_of_reach(draft)
    return Plan(in_order(tuple(draft.steps)), tuple(draft.waiting))


def _plan(draft: Draft, placed: Placed, wanted: list[Desired]) -> None:
    """The steps of one component on all of its hosts."""
    refuse_without_majority(draft, placed)
    needs, begun, places = draft.needs_of(placed), len(draft.steps), draft.places(placed)
    own = union(
        draft.add(
            placing(
                here,
                d,
                draft.observed[d.host.name],
                draft.belongings(d.host.name, placed.name),
                draft.ground_of(d.host.name),
            )
        )
        for here, d in zip(places, wanted, strict=True)
    )
    own |= run_once(draft, places, When.BEFORE_START, needs | own)
    first, settled = first_member(draft, placed), False
    for unit in units_of(wanted):
        own |= roll_out(draft, wanted, unit, needs | own, first)
        if not settled:
            # The first process is the service itself; its helpers may need what this work makes.
            own |= run_once(draft, places, When.AFTER_START, needs | own)
            # What its helpers run beside is begun by then: they start as all others do.
            first, settled = None, True
    draft.finish(placed, draft.steps[begun:], needs)


def _leave(draft: Draft, published: Ids, stays: set[str]) -> None:
    """What is not wanted any more leaves, and then what was made for it: no earlier, while it may run."""
    waiting = len(draft.waiting)
    gone = leave(draft, published, stays)
    held = draft.waiting[waiting:]
    why = f"something that may use it has not left {held[0].host} yet: {held[0].why}" if held else ""
    for placed in draft.site.placed:
        run_once(draft, draft.places(placed), When.AFTER_LEAVING, gone | draft.done[placed.name], why)


def _out_of_reach(draft: Draft) -> list[Waiting]:
    """What waits on hosts that did not answer: nobody knows how much of it is due."""
    return [
        Waiting(f"{placed.name}@{host.name}", host.name, draft.left_out.get(host.name, "it did not answer"))
        for placed in draft.site.placed
        for host in placed.hosts
        if host.name not in draft.observed
    ]
