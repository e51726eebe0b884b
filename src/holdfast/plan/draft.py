"""The draft of a plan: the steps so far, and what each component's steps leave for those who need it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from holdfast.model.catalogue import Placed, Site
from holdfast.model.observed import Observed
from holdfast.model.plan import Step

Ids = frozenset[str]
NOTHING: Ids = frozenset()


@dataclass
class Draft:
    """`site` and `observed` (by host; none for those left out) are what the steps are made from."""

    site: Site
    observed: Mapping[str, Observed]
    steps: list[Step] = field(default_factory=list)
    done: dict[str, Ids] = field(default_factory=dict)
    grounds: dict[str, Ids] = field(default_factory=dict)

    def add(self, step: Step | None) -> Ids:
        """Keeps a step, if it is one; its id."""
        if step is None:
            return NOTHING
        self.steps.append(step)
        return frozenset((step.id,))

    def needs_of(self, placed: Placed) -> Ids:
        """The steps that must have ended before this component is started anywhere.

        What it needs may have no step of its own in this plan: then what *that* one needs counts.
        """
        kinds = set(placed.component.needs)
        givers = [p for p in self.site.placed if kinds & p.component.kinds]
        return union(self.done.get(giver.name, NOTHING) for giver in givers)

    def ground_of(self, host: str) -> Ids:
        """The steps on a host that every file there stands on: users and names."""
        return self.grounds.get(host, NOTHING)

    def finish(self, placed: Placed, own: Ids, needs: Ids) -> None:
        """Says what a component's steps were; `needs` pass through it where none of its steps has them."""
        mine = [step for step in self.steps if step.id in own] if own else []
        carried = any(step.needs >= needs for step in mine)
        self.done[placed.name] = own if carried else own | needs
        if placed.component.ground:
            for step in mine:
                self.grounds[step.host] = self.ground_of(step.host) | {step.id}


def union(sets: Iterable[Ids]) -> Ids:
    """All of them; the very set where there is one, so that large ones are shared and not copied."""
    found = [each for each in sets if each]
    return found[0] if len(found) == 1 else NOTHING.union(*found)
