"""Is the address on exactly one host?"""

from __future__ import annotations

from holdfast.model.component import Capability
from holdfast.model.finding import Finding, Verdict
from holdfast.model.places import told
from holdfast.probes import View

RULE = "address_single"


def probe(view: View) -> tuple[Finding, ...]:
    """PASS with exactly one holder known; FAIL with two, or with none where every host answered."""
    if not any(c.capability is Capability.ADDRESS for c in view.site.catalogue):
        return (Finding(Verdict.UNKNOWN, RULE, view.site.cloud.address, "nothing manages the address"),)
    said = told(view.site, view.observed, Capability.ADDRESS, "holds")
    hosts = [h.name for h in view.site.hosts_of(view.site.providing(Capability.ADDRESS))]
    holders = [name for name, holds in said.items() if holds]
    silent = [name for name in hosts if name not in said]
    subject = view.site.cloud.address
    if len(holders) > 1:
        remedy = "cut off or power off all but one of them; then look for a split of the network between them"
        return (Finding(Verdict.FAIL, RULE, subject, f"held by {', '.join(holders)} at once", remedy),)
    if holders:
        return (Finding(Verdict.PASS, RULE, subject, f"on {holders[0]} alone"),)
    if silent:
        remedy = "bring these hosts back, or look at their power and link"
        return (Finding(Verdict.UNKNOWN, RULE, subject, f"no answer from {', '.join(silent)}", remedy),)
    remedy = "a host takes it only while its balancer answers: see the balancer's findings"
    return (Finding(Verdict.FAIL, RULE, subject, f"on none of {', '.join(hosts)}", remedy),)
