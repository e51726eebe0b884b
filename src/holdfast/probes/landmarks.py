"""Is each thing that must be in one place just there?"""

from __future__ import annotations

from holdfast.model.catalogue import Landmark
from holdfast.model.finding import Finding, Verdict
from holdfast.model.scene import landmarks, where
from holdfast.probes import View

RULE = "landmarks"


def probe(view: View) -> tuple[Finding, ...]:
    """One finding a landmark: PASS with exactly one holder known; FAIL with two, or with none anywhere.

    A cloud without any passes: it has nothing to lose sight of.
    """
    single = [mark for mark in landmarks(view.site).values() if mark.single]
    nothing = Finding(Verdict.PASS, RULE, view.site.cloud.name, "nothing here must be in one place only")
    return tuple(_judge(view, mark) for mark in single) or (nothing,)


def _judge(view: View, mark: Landmark) -> Finding:
    holders = where(view.site, view.observed, mark.name)
    teller = next(p for p in view.site.placed if mark in p.component.landmarks)
    hosts = [host.name for host in teller.hosts]
    silent = [name for name in hosts if not _spoke(view, teller.component.name, name)]
    if len(holders) > 1:
        remedy = "cut off or power off all but one of them; then look for a split of the network between them"
        told = f"on {', '.join(holders)} at once"
        return Finding(Verdict.FAIL, RULE, mark.summary, told, remedy)
    if holders:
        return Finding(Verdict.PASS, RULE, mark.summary, f"on {holders[0]} alone")
    if silent:
        remedy = "bring these hosts back, or look at their power and link"
        return Finding(Verdict.UNKNOWN, RULE, mark.summary, f"no answer from {', '.join(silent)}", remedy)
    remedy = f"see the findings of {teller.name} and of what it needs"
    return Finding(Verdict.FAIL, RULE, mark.summary, f"on none of {', '.join(hosts)}", remedy)


def _spoke(view: View, component: str, host: str) -> bool:
    """Whether a host answered the component's own question at all."""
    seen = view.observed.get(host)
    names = [
        process.health.name
        for here in view.site.by_host[host]
        if here.component.name == component
        for process in here.processes
    ]
    return seen is not None and any(name in seen.answers for name in names)
