"""Publishing: every balancer learns of a component's frontends after its backends answer (R60)."""

from __future__ import annotations

from holdfast.model.plan import Change, Gate, Step, Unit
from holdfast.plan.desired import Desired, Fragment
from holdfast.plan.draft import NOTHING, Draft, Ids
from holdfast.plan.rollout import UNPUBLISHED, drifted


def publish(draft: Draft, balancers: list[Desired], name: str) -> Ids:
    """The steps that put one placed component behind the address; their ids."""
    ids = NOTHING
    for balancer in balancers:
        fragment = next(f for f in balancer.fragments if f.component == name)
        ids |= draft.add(_step(draft, balancer, fragment, fragment is balancer.fragments[-1]))
    return ids


def _step(draft: Draft, balancer: Desired, fragment: Fragment, last: bool) -> Step | None:
    host, process = balancer.host.name, balancer.processes[0]
    seen = draft.observed[host]
    changed = [f for f in fragment.files if seen.files.get(f.path) != f.digest]
    state = seen.units.get(process.unit)
    complete = state is not None and state.applied == balancer.digest(process)
    complete = complete and not drifted(seen, balancer, process)
    if not changed and not (last and not complete):
        return None
    mine = {step for step in draft.done.get(balancer.placed.name, NOTHING) if step.endswith(f"@{host}")}
    earlier = {s.id for s in draft.steps if s.host == host and "/publish@" in s.id}
    digest = balancer.digest(process) if last else f"{balancer.digest(process).split(':')[0]}:{UNPUBLISHED}"
    return Step(
        f"{fragment.component}/publish@{host}",
        host,
        (*changed, Unit(process.unit, Change.RELOAD, digest)),
        f"the balancer learns of {fragment.component} after its backends answer",
        draft.done.get(fragment.component, NOTHING) | mine | earlier,
        Gate(host, fragment.publication.question.name, process.start_deadline),
        component=balancer.placed.name,
    )
