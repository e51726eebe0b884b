"""Is each thing that must be in one place just there?"""

from __future__ import annotations

from holdfast.model.catalogue import Placed
from holdfast.model.component import Landmark
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
    verdict, detail, remedy = _found(view, teller, holders)
    return Finding(verdict, RULE, mark.summary, detail, remedy, component=teller.name)


def _found(view: View, teller: Placed, holders: tuple[str, ...]) -> tuple[Verdict, str, str]:
    """The verdict, with its reason and what to do."""
    hosts = [host.name for host in teller.hosts]
    silent = [name for name in hosts if not _spoke(view, teller.component.name, name)]
    if len(holders) > 1:
        remedy = "cut off or power off all but one of them; then look for a split of the network between them"
        return Verdict.FAIL, f"on {', '.join(holders)} at once", remedy
    if holders:
        return Verdict.PASS, f"on {holders[0]} alone", ""
    if silent:
        remedy = "bring these hosts back, or look at their power and link"
        return Verdict.UNKNOWN, f"no answer from {', '.join(silent)}", remedy
    remedy = f"see the findings of {teller.name} and of what it needs"
    return Verdict.FAIL, f"on none of {', '.join(hosts)}", remedy


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
