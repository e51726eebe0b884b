"""The draft of a plan: what it is made from, and the steps so far for those who need them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from holdfast.model.catalogue import Here, Placed, Site
from holdfast.model.observed import Belongings, Observed
from holdfast.model.plan import Step, Waiting

Ids = frozenset[str]
NOTHING: Ids = frozenset()


@dataclass
class Draft:
    """`observed` are the hosts that answered, `left_out` says why a host must not be touched.

    `waiting` are the steps that are due and cannot be done now.
    """

    site: Site
    observed: Mapping[str, Observed]
    left_out: Mapping[str, str]
    steps: list[Step] = field(default_factory=list)
    waiting: list[Waiting] = field(default_factory=list)
    done: dict[str, Ids] = field(default_factory=dict)
    grounds: dict[str, Ids] = field(default_factory=dict)

    def add(self, step: Step | None) -> Ids:
        """Keeps a step, if it is one; its id. One on a host that must not be touched waits, and has none."""
        if step is None:
            return NOTHING
        if step.host in self.left_out:
            self.waiting.append(Waiting(step.id, step.host, self.left_out[step.host]))
            return NOTHING
        self.steps.append(step)
        return frozenset((step.id,))

    def wait(self, step: Step, why: str) -> Ids:
        """Keeps a step as one that waits."""
        self.waiting.append(Waiting(step.id, step.host, why))
        return NOTHING

    def places(self, placed: Placed) -> list[Here]:
        """Where a component is, as far as the hosts answered."""
        return [Here(self.site, placed, host) for host in placed.hosts if host.name in self.observed]

    def belongings(self, host: str, component: str) -> Belongings:
        """What a host has on record as a component's."""
        return self.observed[host].inventory.get(component, Belongings())

    def needs_of(self, placed: Placed) -> Ids:
        """The steps that must have ended before this component is started anywhere.

        What it needs may have no step of its own in this plan: then what *that* one needs counts.
        """
        kinds, above = set(placed.component.needs), not placed.component.ground
        givers = [p for p in self.site.placed if kinds & p.component.kinds or (above and p.component.ground)]
        return union(self.done.get(giver.name, NOTHING) for giver in givers)

    def ground_of(self, host: str) -> Ids:
        """The steps on a host that every file there stands on: users and names."""
        return self.grounds.get(host, NOTHING)

    def finish(self, placed: Placed, own: list[Step], needs: Ids) -> None:
        """Says what a component's steps were; `needs` pass through it where none of its steps has them."""
        ids = frozenset(step.id for step in own)
        self.done[placed.name] = ids if any(step.needs >= needs for step in own) else ids | needs
        if placed.component.ground:
            for step in own:
                self.grounds[step.host] = self.ground_of(step.host) | {step.id}


def union(sets: Iterable[Ids]) -> Ids:
    """All of them; the very set where there is one, so that large ones are shared and not copied."""
    found = [each for each in sets if each]
    return found[0] if len(found) == 1 else NOTHING.union(*found)
