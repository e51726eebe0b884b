"""Clients of the database come from their host's own address, never from the one that moves away from them.

The holder of the address would otherwise connect *from* it too. Once it moves, answers go to the new holder,
and the connection hangs half-dead until the kernel gives up (LP#1917068).
"""

from __future__ import annotations

from holdfast.checks import Design, Rule
from holdfast.checks.safeguards import guarded
from holdfast.checks.sample import design, without_safeguard
from holdfast.model.finding import Finding

NAME = "own-source-address"


def check(of: Design) -> tuple[Finding, ...]:
    """One finding for each component that needs the database."""
    clients = (placed for placed in of.site.placed if "database" in placed.component.needs)
    return tuple(guarded(of.site, NAME, placed) for placed in clients)


RULE = Rule(
    NAME,
    "R30",
    "connections to the database are bound to the host's own address",
    check,
    good=lambda: design(3),
    bad=lambda: without_safeguard(design(3), NAME),
)
