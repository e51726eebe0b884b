"""The catalogue: one file per service, found by name."""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module

from holdfast.model.component import FOUNDATIONS, Component


@cache
def catalogue() -> tuple[Component, ...]:
    """Every component, those that are needed before those that need them."""
    names = [module.name for module in pkgutil.iter_modules(__path__) if not module.ispkg]
    found = [import_module(f"{__name__}.{name}").COMPONENT for name in names]
    return in_order_of_need(found)


def in_order_of_need(components: list[Component]) -> tuple[Component, ...]:
    """Sorts by needs, then by name, so that every reading of the catalogue is the same."""
    from graphlib import TopologicalSorter

    by_name = {c.name: c for c in components}
    order = TopologicalSorter({c.name: sorted(c.needs) for c in sorted(components, key=lambda c: c.name)})
    return tuple(by_name[name] for name in order.static_order())


def enabled(services: tuple[str, ...]) -> tuple[Component, ...]:
    """The services wanted, all that they need, and the foundations, in order of need.

    Raises KeyError on a service that the catalogue does not hold.
    """
    by_name = {c.name: c for c in catalogue()}
    open_names = [*services, *(c.name for c in catalogue() if c.capability in FOUNDATIONS)]
    wanted: set[str] = set()
    while open_names:
        name = open_names.pop()
        if name not in wanted:
            wanted.add(name)
            open_names += by_name[name].needs
    return tuple(c for c in catalogue() if c.name in wanted)
