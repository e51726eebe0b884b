"""How many days are left of the address's and of each host's certificate?"""

from __future__ import annotations

from holdfast.model.certificate_life import certificate_life
from holdfast.model.finding import Finding
from holdfast.probes import View

RULE = "certificates"
DAYS = 14


def probe(view: View) -> tuple[Finding, ...]:
    """One finding a certificate: FAIL with fewer than DAYS days left, UNKNOWN where there is none."""
    return certificate_life(view.site, view.now, RULE, DAYS)
