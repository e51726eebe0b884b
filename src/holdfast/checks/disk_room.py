"""A disk that fills up costs logs first and the bus last: its alarm on one node stops publishers on all."""

from __future__ import annotations

from holdfast.checks import Design, Rule
from holdfast.checks.safeguards import guarded, involved
from holdfast.checks.sample import design, without_safeguard
from holdfast.model.finding import Finding

NAME = "disk-room"


def check(of: Design) -> tuple[Finding, ...]:
    """One finding for what gives the bus, and one for the ground that the logs are on."""
    givers = [p for kind in ("ground", "bus") for p in involved(of.site, kind) if kind in p.component.kinds]
    return tuple(guarded(of.site, NAME, placed) for placed in givers)


RULE = Rule(
    NAME,
    "R33",
    "logs leave room on a disk long before the bus stops for want of it",
    check,
    good=lambda: design(3),
    bad=lambda: without_safeguard(design(3), NAME),
)
