"""Queues are replicated, whoever declares them: one that is on a single node is lost with it."""

from __future__ import annotations

from holdfast.checks import Design, Rule
from holdfast.checks.safeguards import guarded, involved
from holdfast.checks.sample import design, without_safeguard
from holdfast.model.finding import Finding

NAME = "quorum-queues"


def check(of: Design) -> tuple[Finding, ...]:
    """One finding for the bus, and one for each component that needs it."""
    return tuple(guarded(of.site, NAME, placed) for placed in involved(of.site, "bus"))


RULE = Rule(
    NAME,
    "R33",
    "the bus makes replicated queues, and all who use it ask for them",
    check,
    good=lambda: design(3),
    bad=lambda: without_safeguard(design(3), NAME),
)
