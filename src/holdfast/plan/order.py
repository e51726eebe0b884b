"""Puts steps into an order that respects their needs and is the same at every reading."""

from __future__ import annotations

from graphlib import TopologicalSorter

from holdfast.model.plan import Step


def in_order(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """Sorted so that every step stands after all it needs. Raises graphlib.CycleError on a circle.

    Many steps share one set of needs: each such set is one node of the graph, so that the work grows with
    the steps and not with the steps times their needs.
    """
    by_id = {step.id: step for step in steps}
    graph: dict[str | frozenset[str], list[str | frozenset[str]]] = {}
    for step in steps:
        graph[step.id] = [step.needs] if step.needs else []
        if step.needs and step.needs not in graph:
            graph[step.needs] = [need for need in sorted(step.needs) if need in by_id]
    order = TopologicalSorter(graph).static_order()
    return tuple(by_id[each] for each in order if isinstance(each, str))
