"""Every certificate lives on for a month at least: an expired one stops all that it protects at once."""

from __future__ import annotations

from holdfast.checks import Design, Rule
from holdfast.checks.sample import design
from holdfast.model.certificate_life import certificate_life
from holdfast.model.finding import Finding

NAME = "certificates-life"
DAYS = 30


def check(of: Design) -> tuple[Finding, ...]:
    """One finding a certificate: FAIL with under DAYS days left."""
    return certificate_life(of.site, of.now, NAME, DAYS)


RULE = Rule(
    NAME,
    "R1",
    f"no certificate ends within {DAYS} days",
    check,
    good=lambda: design(3),
    bad=lambda: design(3, days=DAYS - 1),
)
