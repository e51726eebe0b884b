"""Does the address answer from a client's side, by its aliveness page and by TLS for each API?"""

from __future__ import annotations

from holdfast.model.finding import Finding, Verdict
from holdfast.probes import View

RULE = "address_answers"


def probe(view: View) -> tuple[Finding, ...]:
    """One finding for each page that the client asked for; UNKNOWN when it asked for none of some."""
    if not view.site.offers("balancer"):
        return (Finding(Verdict.PASS, RULE, view.site.cloud.name, "nothing is published on an address"),)
    if not view.pages:
        return (Finding(Verdict.UNKNOWN, RULE, view.site.cloud.address, "no client asked"),)
    remedy = "does the client have a way to the address? if so: its holder's balancer, its ARP entry, its TLS"
    return tuple(
        Finding(
            Verdict.PASS, RULE, url, f"{answer.text.rsplit(' ', 1)[-1]} in {answer.seconds * 1000:.0f} ms"
        )
        if answer.ok
        else Finding(Verdict.FAIL, RULE, url, answer.text.removeprefix(f"{url}: "), remedy)
        for url, answer in view.pages.items()
    )
