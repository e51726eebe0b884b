"""A minority stops serving: what it confirmed alone would be thrown away when the split heals."""

from __future__ import annotations

from holdfast.checks import Design, Rule
from holdfast.checks.quorum import quorums
from holdfast.checks.safeguards import guarded
from holdfast.checks.sample import design, without_safeguard
from holdfast.model.finding import Finding

NAME = "minority-pauses"


def check(of: Design) -> tuple[Finding, ...]:
    """One finding a quorum."""
    return tuple(guarded(of.site, NAME, quorum.placed) for quorum in quorums(of.site))


RULE = Rule(
    NAME,
    "R15",
    "members cut off from the majority stop serving",
    check,
    good=lambda: design(3),
    bad=lambda: without_safeguard(design(3), NAME),
)
