"""The catalogue: one file per service, found by name."""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module

from holdfast.model.component import Component


@cache
def catalogue() -> tuple[Component, ...]:
    """Every component, those that are needed before those that need them."""
    found = [
        import_module(f"{__name__}.{m.name}").COMPONENT for m in pkgutil.iter_modules(__path__) if not m.ispkg
    ]
    return in_order_of_need(found)


def in_order_of_need(components: list[Component]) -> tuple[Component, ...]:
    """Sorts by needs, then by name, so that every reading of the catalogue is the same."""
    from graphlib import TopologicalSorter

    by_name = {c.name: c for c in components}
    order = TopologicalSorter({c.name: sorted(c.needs) for c in sorted(components, key=lambda c: c.name)})
    return tuple(by_name[name] for name in order.static_order())
