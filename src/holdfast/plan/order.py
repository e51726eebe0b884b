"""Puts steps into an order that respects their needs and is the same at every reading."""

from __future__ import annotations

from graphlib import TopologicalSorter

from holdfast.model.plan import Step


def in_order(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """Sorted so that every step stands after all it needs. Raises graphlib.CycleError on a circle."""
    by_id = {step.id: step for step in steps}
    sorter = TopologicalSorter({step.id: sorted(step.needs & by_id.keys()) for step in steps})
    return tuple(by_id[each] for each in sorter.static_order())
