"""Leaving: what hosts have on record, and the cloud file wants there no more, is taken away.

In this order: the balancers forget its backends, then its hosts stop it one after another, each while those
that stay do their work, who forget it before the next one goes. What needs others that leave as well leaves
before them. Packages stay; data is kept aside.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from holdfast.components import catalogue
from holdfast.model.catalogue import Placed
from holdfast.model.component import Component
from holdfast.model.observed import Belongings
from holdfast.model.plan import Action, Change, Forget, Keep, Remove, Step, Unit
from holdfast.model.process import Ha, Process
from holdfast.plan.draft import NOTHING, Draft, Ids, union
from holdfast.plan.members import guards


def leave(draft: Draft, published: Ids, stays: Collection[str]) -> Ids:
    """Adds a step for each component on each host that has it on record and should not have it; their ids.

    `published` are the balancers' steps, which come first; `stays` the marks of set-up that others share.
    """
    wanted = {(here.placed.name, here.host.name) for here in draft.site.places}
    left: dict[str, list[tuple[str, Belongings]]] = {}
    for host, seen in draft.observed.items():
        for name, had in seen.inventory.items():
            own = replace(had, marks=tuple(mark for mark in had.marks if mark not in stays))
            if (name, host) not in wanted and (own.files or own.units or own.marks):
                left.setdefault(name, []).append((host, own))
    # This version's whole catalogue, whether the cloud has it or not; an instance's name is behind a dot.
    known = {component.name: component for component in reversed(catalogue())}
    parts = {name: known.get(name.partition(".")[0]) for name in left}
    ranks = {name: rank for rank, name in enumerate(known)}
    last: dict[str, Ids] = {}
    for name in sorted(left, key=lambda name: (ranks.get(name.partition(".")[0], len(ranks)), name)):
        before = union(
            (published, *(ids for other, ids in last.items() if _relies(parts[other], parts[name])))
        )
        for host, had in sorted(left[name], key=lambda item: item[0]):
            step = _left(parts[name], name, host, had, last.get(name, NOTHING) | before)
            last[name] = _taken_away(draft, step, had) or last.get(name, NOTHING)
    return union(last.values())


def _relies(one: Component | None, giver: Component | None) -> bool:
    """Whether one needs what the other offers."""
    return one is not None and giver is not None and not giver.kinds.isdisjoint((*one.needs, *one.wants))


def _left(component: Component | None, name: str, host: str, had: Belongings, needs: Ids) -> Step:
    actions: list[Action] = [Unit(unit, Change.STOP) for unit in reversed(had.units)]
    if component is not None:
        actions += [Keep(folder, f"{name}{folder.replace('/', '-')}") for folder in component.keeps]
    # What was done once was done to the data that is now elsewhere.
    actions += [Forget(mark=mark) for mark in had.marks]
    actions += [Remove(path) for path in had.files]
    why = f"the cloud file does not want {name} on this host any more; its data is kept aside"
    return Step(f"{name}/leave@{host}", host, tuple(actions), why, needs, component=name)


def _taken_away(draft: Draft, step: Step, had: Belongings) -> Ids:
    """A member goes while all that stay do their work, and they forget it; the ids of both."""
    placed = next((p for p in draft.site.placed if p.name == step.component), None)
    if placed is None:
        return draft.add(step)
    places = draft.places(placed)
    processes = [p for here in places[:1] for p in here.processes if p.unit in had.units]
    if why := _missed(placed, processes, len(places)):
        return draft.wait(step, why)
    asked = (guard for p in processes for guard in guards(draft, placed, p, step.host, Change.STOP))
    # One that is new has joined before an old one goes.
    needs = step.needs | draft.done.get(placed.name, NOTHING)
    left = draft.add(replace(step, needs=needs, guards=tuple(asked)))
    return left | (_farewell(draft, placed, step.host, left) if left else NOTHING)


def _missed(placed: Placed, processes: list[Process], there: int) -> str:
    """Why no member of a quorum may leave: it counts all of them until those that stay have forgotten it."""
    if there == len(placed.hosts) or all(process.ha is not Ha.QUORUM for process in processes):
        return ""
    return f"only {there} of the {len(placed.hosts)} that stay in {placed.name} can be reached"


def _farewell(draft: Draft, placed: Placed, host: str, left: Ids) -> Ids:
    """A member that goes on forgets the one that left."""
    words, stay = placed.component.farewell(host), _stays(draft, placed)
    if not (words and stay):
        return NOTHING
    why = f"{host} is no member of {placed.name} any more"
    return draft.add(
        Step(f"{placed.name}/forget-{host}@{stay}", stay, words, why, left, component=placed.name)
    )


def _stays(draft: Draft, placed: Placed) -> str:
    """A member that may be touched."""
    able = (h.host.name for h in draft.places(placed) if h.host.name not in draft.left_out)
    return next(able, "")
