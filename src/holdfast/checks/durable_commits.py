"""A commit is on disk before it is acknowledged: a cluster that loses its power as one loses nothing."""

from __future__ import annotations

from holdfast.checks import Design, Rule
from holdfast.checks.safeguards import guarded
from holdfast.checks.sample import design, without_safeguard
from holdfast.model.finding import Finding

NAME = "durable-commits"


def check(of: Design) -> tuple[Finding, ...]:
    """One finding a database."""
    givers = (placed for placed in of.site.placed if "database" in placed.component.kinds)
    return tuple(guarded(of.site, NAME, placed) for placed in givers)


RULE = Rule(
    NAME,
    "R1",
    "every database flushes a commit to disk before it acknowledges it",
    check,
    good=lambda: design(3),
    bad=lambda: without_safeguard(design(3), NAME),
)
