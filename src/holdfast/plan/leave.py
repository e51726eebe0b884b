"""Leaving: what hosts have on record, and the cloud file wants there no more, is taken away.

In this order: the balancers forget its backends, then its hosts stop it one after another, and last its peers
forget them. Packages stay; data is kept aside.
"""

from __future__ import annotations

from holdfast.components import catalogue
from holdfast.model.catalogue import Component, Placed
from holdfast.model.observed import Belongings
from holdfast.model.plan import Action, Change, Keep, Remove, Step, Unit
from holdfast.plan.draft import NOTHING, Draft, Ids, union


def leave(draft: Draft, published: Ids) -> None:
    """Adds a step for each component on each host that has it on record and should not have it.

    `published` are the balancers' steps, which come first.
    """
    wanted = {(here.placed.name, here.host.name) for here in draft.site.places}
    here = [
        (name, host, had)
        for host, seen in draft.observed.items()
        for name, had in seen.inventory.items()
        if (name, host) not in wanted and (had.files or had.units)
    ]
    last: dict[str, Ids] = {}
    for name, host, had in sorted(here, key=lambda item: item[:2]):
        needs = union((published, last.get(name, NOTHING)))
        last[name] = draft.add(_left(draft, name, host, had, needs))
        _farewell(draft, name, host, last[name])


def _left(draft: Draft, name: str, host: str, had: Belongings, needs: Ids) -> Step:
    actions: list[Action] = [Unit(unit, Change.STOP) for unit in reversed(had.units)]
    component = _known(name)
    if component is not None:
        actions += [Keep(folder, f"{name}{folder.replace('/', '-')}") for folder in component.keeps]
    actions += [Remove(path) for path in had.files]
    why = f"the cloud file does not want {name} on this host any more; its data is kept aside"
    return Step(f"{name}/leave@{host}", host, tuple(actions), why, needs, component=name)


def _farewell(draft: Draft, name: str, host: str, left: Ids) -> None:
    """A member that goes on forgets the one that left."""
    placed = next((p for p in draft.site.placed if p.name == name), None)
    words = placed.component.farewell(host) if placed else ()
    stay = _stays(draft, placed) if placed else ""
    if words and stay and left:
        why = f"{host} is no member of {name} any more"
        draft.add(Step(f"{name}/forget-{host}@{stay}", stay, words, why, left, component=name))


def _stays(draft: Draft, placed: Placed) -> str:
    """A member that may be touched."""
    able = (h.host.name for h in draft.places(placed) if h.host.name not in draft.left_out)
    return next(able, "")


def _known(name: str) -> Component | None:
    """A component of this version's whole catalogue, whether the cloud has it or not."""
    return next((c for c in catalogue() if c.name == name.partition(".")[0]), None)
