"""From a site and what was observed to the plan that makes the one into the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from holdfast.model.component import Bootstrap, Capability, Component, Ha, Process, When
from holdfast.model.observed import Observed
from holdfast.model.plan import Action, Change, Gate, Package, Plan, Run, Step, Unit, Unpack
from holdfast.model.site import LINK, Site
from holdfast.plan.desired import Desired, Fragment, desired, mark_of
from holdfast.plan.order import in_order

RUNNING = frozenset({"active", "activating", "reloading"})
UNPUBLISHED = "unpublished"


class Refused(Exception):
    """No plan can be made without risking data; the text holds the evidence and the cure."""


@dataclass
class _Draft:
    """The steps so far; `of` holds each component's step ids, for those who need it."""

    steps: list[Step] = field(default_factory=list)
    of: dict[str, set[str]] = field(default_factory=dict)

    def add(self, component: str, step: Step) -> str:
        """Keeps a step as one of a component's; its id."""
        self.steps.append(step)
        self.of.setdefault(component, set()).add(step.id)
        return step.id


def compile_plan(site: Site, observed: Mapping[str, Observed]) -> Plan:
    """The steps that lead from `observed` (every host of the cloud) to the site; empty when nothing differs.

    Raises Refused where a stopped cluster's members disagree about their data.
    """
    draft = _Draft()
    everything = {c.name: [desired(site, c, h) for h in site.hosts_of(c)] for c in site.catalogue}
    balancers = [d for ds in everything.values() for d in ds if d.fragments]
    for component in site.catalogue:
        _plan_component(draft, site, observed, everything[component.name])
        if component.frontends:
            _publish(draft, observed, balancers, component)
    return Plan(in_order(tuple(draft.steps)))


def _plan_component(
    draft: _Draft, site: Site, observed: Mapping[str, Observed], wanted: list[Desired]
) -> None:
    if not wanted:
        return
    component = wanted[0].component
    needs = frozenset(s for name in component.needs for s in draft.of.get(name, ()))
    draft.of.setdefault(component.name, set())
    # Files hurt nobody before a start: only the ground they stand on (users, names) must be there.
    ground = frozenset(
        s for c in site.catalogue if c.capability is Capability.SYSTEM for s in draft.of.get(c.name, ())
    )
    configured = {d.host.name: _configure(draft, site, observed[d.host.name], d, ground) for d in wanted}
    before = _once(draft, site, observed, wanted, When.BEFORE_START, needs | _ids(configured))
    first = _first_member(component, site, observed)
    ready = needs | _ids(configured) | before
    for index in range(len(wanted[0].processes)):
        _start_all(draft, observed, wanted, index, ready, first)
        if index == 0:
            # The first process is the service itself; its helpers may need what this work makes.
            _once(
                draft, site, observed, wanted, When.AFTER_START, needs | frozenset(draft.of[component.name])
            )
        ready |= frozenset(draft.of[component.name])


def _ids(steps: Mapping[str, str | None]) -> frozenset[str]:
    return frozenset(s for s in steps.values() if s)


def _configure(
    draft: _Draft, site: Site, seen: Observed, wanted: Desired, needs: frozenset[str]
) -> str | None:
    """Packages, release, files and set-up commands of one component on one host, as one step."""
    missing = tuple(p for p in wanted.component.packages if not seen.packages.get(p))
    changed = [f for f in wanted.files if seen.files.get(f.path) != f.digest]
    stale = [path for path in wanted.absent if seen.files.get(path)]
    setup = [run for run in wanted.setup if seen.marks.get(run.mark) != run.digest]
    release = wanted.component.uses_release and seen.links.get(LINK) != site.release.path
    actions: list[Action] = [Package(missing)] if missing else []
    if release:
        actions.append(Unpack(site.release.archive, site.release.path, LINK))
    actions += [*changed, *(Run(("rm", "-f", path)) for path in stale), *setup]
    if not actions:
        return None
    why = [f"install {', '.join(missing)}"] if missing else []
    why += [f"release {site.release.series}-{site.release.digest} is not in use"] if release else []
    why += [f"{len(changed)} of {len(wanted.files)} files differ"] if changed else []
    why += [f"{len(stale)} files must go"] if stale else []
    why += [f"set-up not done: {', '.join(run.mark for run in setup)}"] if setup else []
    return draft.add(
        wanted.component.name,
        Step(
            f"{wanted.component.name}/configure@{wanted.host.name}",
            wanted.host.name,
            tuple(actions),
            "; ".join(why),
            needs,
        ),
    )


def _once(
    draft: _Draft,
    site: Site,
    observed: Mapping[str, Observed],
    wanted: list[Desired],
    when: When,
    needs: frozenset[str],
) -> frozenset[str]:
    """Run-once work, on the first host, one after the other; done when any host recorded it."""
    component, host = wanted[0].component, wanted[0].host
    ids: frozenset[str] = frozenset()
    for work in (w for w in component.once(site) if w.when is when):
        mark = mark_of(component, work)
        if any(observed[d.host.name].marks.get(mark) == work.digest for d in wanted):
            continue
        run = Run(work.argv, work.stdin, work.user, work.env, mark, work.digest, work.timeout)
        step = Step(f"{component.name}/{work.id}@{host.name}", host.name, (run,), work.why, needs | ids)
        ids |= {draft.add(component.name, step)}
    return ids


def _first_member(component: Component, site: Site, observed: Mapping[str, Observed]) -> Bootstrap | None:
    if component.bootstrap is None:
        return None
    decision = component.bootstrap(site, observed)
    if decision is not None and decision.refusal:
        raise Refused(decision.refusal)
    return decision


def _start_all(
    draft: _Draft,
    observed: Mapping[str, Observed],
    wanted: list[Desired],
    index: int,
    needs: frozenset[str],
    first: Bootstrap | None,
) -> None:
    """Starts or restarts one process on all hosts: side by side where that is safe, else one at a time.

    Those nobody relies on yet come first: a member that restarts finds the new ones there, which a quorum
    that grows from one needs.
    """
    process = wanted[0].processes[index]
    first_host = first.host if first and process.ha is Ha.QUORUM else ""
    # Members that wait for a first one, which nobody is, run only by the look of their units.
    waiting = Change.START if first_host else None
    changes = ((d, _change(observed[d.host.name], d, d.processes[index]) or waiting) for d in wanted)
    due = [(d, change) for d, change in changes if change is not None]
    fresh = {d.host.name for d, change in due if _is_fresh(observed[d.host.name], d.processes[index], change)}
    due.sort(key=lambda item: (item[0].host.name not in fresh, item[0].host.name != first_host))
    at_once = process.ha is not Ha.QUORUM or process.together
    ended = needs
    for wanted_here, change in due:
        name = wanted_here.host.name
        before = needs if name in fresh and at_once else ended
        bootstrap = first if name == first_host else None
        step = _start_step(wanted_here, wanted_here.processes[index], change, before, bootstrap)
        ended |= {draft.add(wanted_here.component.name, step)}


def _is_fresh(seen: Observed, process: Process, change: Change) -> bool:
    """Nobody relies yet on a process that does not run, or that Holdfast never started."""
    state = seen.units.get(process.unit)
    return change is Change.START or state is None or not state.applied


def _change(seen: Observed, wanted: Desired, process: Process) -> Change | None:
    """What a unit needs: nothing when it runs, enabled, with the digest it should have."""
    state = seen.units.get(process.unit)
    if state is None or state.active not in RUNNING:
        return Change.START
    want_unit, want_config = wanted.digest(process).split(":")
    has_unit, _, has_config = state.applied.partition(":")
    if has_unit != want_unit:
        return Change.RESTART
    if has_config != want_config or _drifted(seen, wanted, process):
        if wanted.fragments:
            return None  # the last step that publishes reloads it, once
        return Change.RELOAD if process.reloads else Change.RESTART
    return None if state.enabled else Change.START


def _drifted(seen: Observed, wanted: Desired, process: Process) -> bool:
    """Whether somebody else changed a file that the process reads: it may run with that by now."""
    mine = (f for f in wanted.files if f.path.startswith(process.watches))
    return any(seen.files.get(f.path) != f.digest for f in mine)


def _start_step(
    wanted: Desired, process: Process, change: Change, needs: frozenset[str], bootstrap: Bootstrap | None
) -> Step:
    digest = wanted.digest(process)
    actions: tuple[Action, ...] = ()
    why = {
        Change.START: f"{process.unit} does not run",
        Change.RESTART: f"{process.unit} runs with an older configuration and reads it only at a start",
        Change.RELOAD: f"{process.unit} runs with an older configuration and can read it anew",
    }[change]
    if bootstrap is not None:
        actions, why = bootstrap.actions, f"{why}; this host first: {bootstrap.why}"
    gate: Gate | None = Gate(wanted.host.name, process.health.name, process.start_deadline)
    if wanted.fragments:
        # Its frontends come with the components behind them; until then it has nothing to answer for.
        digest, gate = f"{digest.split(':')[0]}:{UNPUBLISHED}", None
    unit = Unit(process.unit, change, digest, process.start_deadline)
    name = process.unit.removesuffix(".service")
    return Step(
        f"{wanted.component.name}/{change}-{name}@{wanted.host.name}",
        wanted.host.name,
        (*actions, unit),
        why,
        needs,
        gate,
    )


def _publish(
    draft: _Draft, observed: Mapping[str, Observed], balancers: list[Desired], component: Component
) -> None:
    """Tells every balancer of a component's frontends, after its backends answer (R60)."""
    for balancer in balancers:
        fragment = next(f for f in balancer.fragments if f.component == component.name)
        last = fragment is balancer.fragments[-1]
        step = _publish_step(draft, observed[balancer.host.name], balancer, fragment, last)
        if step is not None:
            draft.add(component.name, step)


def _publish_step(
    draft: _Draft, seen: Observed, balancer: Desired, fragment: Fragment, last: bool
) -> Step | None:
    host, process = balancer.host, balancer.processes[0]
    changed = [f for f in fragment.files if seen.files.get(f.path) != f.digest]
    state = seen.units.get(process.unit)
    complete = state is not None and state.applied == balancer.digest(process)
    complete = complete and not _drifted(seen, balancer, process)
    if not changed and not (last and not complete):
        return None
    mine = {s for s in draft.of.get(balancer.component.name, ()) if s.endswith(f"@{host.name}")}
    earlier = {s.id for s in draft.steps if s.host == host.name and "/publish@" in s.id}
    digest = balancer.digest(process) if last else f"{balancer.digest(process).split(':')[0]}:{UNPUBLISHED}"
    gate = Gate(host.name, process.health.name, process.start_deadline) if last else None
    return Step(
        f"{fragment.component}/publish@{host.name}",
        host.name,
        (*changed, Unit(process.unit, Change.RELOAD, digest)),
        f"the balancer learns of {fragment.component} after its backends answer",
        frozenset(mine | earlier | draft.of.get(fragment.component, set())),
        gate,
    )
