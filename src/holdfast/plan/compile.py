"""From a site and what was observed to the plan that makes the one into the other."""

from __future__ import annotations

from collections.abc import Mapping

from holdfast.model.catalogue import Here, Placed, Site
from holdfast.model.observed import Observed
from holdfast.model.parts import When
from holdfast.model.plan import Plan
from holdfast.plan.desired import Desired, desired
from holdfast.plan.draft import NOTHING, Draft, union
from holdfast.plan.members import first_member
from holdfast.plan.once import run_once
from holdfast.plan.order import in_order
from holdfast.plan.place import placing
from holdfast.plan.publish import publish
from holdfast.plan.rollout import roll_out, units_of


def compile_plan(site: Site, observed: Mapping[str, Observed]) -> Plan:
    """The steps that lead from `observed` (every host of the cloud) to the site; empty when nothing differs.

    Raises PlanRefused where a stopped cluster's members disagree about their data.
    """
    draft = Draft(site, observed)
    everything = {p.name: [desired(Here(site, p, host)) for host in p.hosts] for p in site.placed}
    balancers = [d for ds in everything.values() for d in ds if d.fragments]
    for placed in site.placed:
        _plan(draft, placed, everything[placed.name])
        if placed.component.frontends:
            draft.done[placed.name] |= publish(draft, balancers, placed.name)
    return Plan(in_order(tuple(draft.steps)))


def _plan(draft: Draft, placed: Placed, wanted: list[Desired]) -> None:
    """The steps of one component on all of its hosts."""
    needs = draft.needs_of(placed)
    release = draft.site.release
    placed_ids = union(
        draft.add(placing(d, draft.observed[d.host.name], release, draft.ground_of(d.host.name)))
        for d in wanted
    )
    places = [Here(draft.site, placed, d.host) for d in wanted]
    own = placed_ids | run_once(draft, places, When.BEFORE_START, needs | placed_ids)
    first = first_member(draft, placed)
    after_done = False
    for unit in units_of(wanted):
        own |= roll_out(draft, wanted, unit, needs | own, first)
        if not after_done:
            # The first process is the service itself; its helpers may need what this work makes.
            own |= run_once(draft, places, When.AFTER_START, needs | own)
            after_done = True
    draft.finish(placed, own or NOTHING, needs)
