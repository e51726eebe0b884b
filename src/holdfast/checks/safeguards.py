"""Safeguards that components declare, looked for in the files that are generated for each of their hosts."""

from __future__ import annotations

from holdfast.model.catalogue import Here, Placed, Site
from holdfast.model.finding import Finding, Verdict

REMEDY = "set it right in the catalogue: the cloud file cannot change it"


def involved(site: Site, kind: str) -> tuple[Placed, ...]:
    """Who gives a kind of offer, and who cannot start without it, in order of need."""
    return tuple(p for p in site.placed if kind in p.component.kinds or kind in p.component.needs)


def guarded(site: Site, rule: str, placed: Placed) -> Finding:
    """Whether a component declares what the rule looks for, and every one of its hosts gets it."""
    safeguards = [each for each in placed.component.safeguards if each.rule == rule]
    if not safeguards:
        why = "it declares no safeguard: whether it has one cannot be told from its files"
        return Finding(Verdict.FAIL, rule, placed.name, why, "declare it beside the component's files")
    faults = [
        f"{missed} on {host.name}: {each.why}"
        for host in placed.hosts
        for each in safeguards
        if (missed := each.missed_in(Here(site, placed, host).files, host))
    ]
    if faults:
        return Finding(Verdict.FAIL, rule, placed.name, "; ".join(faults), REMEDY)
    return Finding(Verdict.PASS, rule, placed.name, "; ".join(dict.fromkeys(e.why for e in safeguards)))
