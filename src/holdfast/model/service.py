"""A service is what a cloud file asks for by name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from graphlib import TopologicalSorter

from holdfast.model.component import Component
from holdfast.model.role import Role


@dataclass(frozen=True)
class Service:
    """Its parts, and the roles that are declared with it."""

    name: str
    parts: tuple[Component, ...]
    roles: tuple[Role, ...] = ()

    @property
    def published(self) -> bool:
        """Whether it is an API or a page that people ask for, and no ground that others stand on."""
        return any(frontend.http for part in self.parts for frontend in part.frontends)


def service(name: str, *parts: Component, roles: tuple[Role, ...] = ()) -> Service:
    """A service of parts that know whose they are."""
    return Service(name, tuple(replace(part, service=name) for part in parts), roles)


PUBLISHERS = ("balancer", "address")
"""The kinds of offers that a component with frontends is reached by, whether or not it starts after them."""


def brought(among: Sequence[Service], wanted: Iterable[Service]) -> tuple[Component, ...]:
    """What services bring with them: their parts, then whatever gives or publishes these, and so on."""
    parts = [part for service in among for part in service.parts]
    open_parts = [part for service in wanted for part in service.parts] + [p for p in parts if p.always]
    found: dict[str, Component] = {}
    while open_parts:
        part = open_parts.pop()
        if part.name in found:
            continue
        found[part.name] = part
        taken = frozenset[str]().union(*(c.kinds for c in found.values()))
        for kind in (*part.needs, *(PUBLISHERS if part.frontends else ())):
            if kind not in taken:
                open_parts += [p for p in parts if kind in p.kinds][:1]
    return tuple(found.values())


def in_order_of_need(components: Iterable[Component]) -> tuple[Component, ...]:
    """Sorts by needs, the ground first, then by name, so that every reading of the catalogue is the same."""
    ordered = sorted(components, key=lambda c: c.name)
    by_name = {c.name: c for c in ordered}
    givers = {kind: c.name for c in reversed(ordered) for kind in c.kinds}
    ground = [c.name for c in ordered if c.ground]
    needs = {c.name: [givers[k] for k in (*c.needs, *c.wants) if k in givers] for c in ordered}
    order = TopologicalSorter(
        {c.name: sorted({*needs[c.name], *(() if c.ground else ground)}) for c in ordered}
    )
    return tuple(by_name[name] for name in order.static_order())
