"""Did no call fail once a broken backend had left the rotation?"""

from __future__ import annotations

from holdfast.drill.evidence import Evidence, of_kind, promised
from holdfast.drill.judge import Checker
from holdfast.model.component import Component
from holdfast.model.finding import Finding, Verdict
from holdfast.model.op import Outcome

RULE = "rotation"
LEFT = 2.0


def _component(evidence: Evidence) -> Component | None:
    """The component of the struck backend, where it stands behind an HTTP frontend."""
    site, unit = evidence.site, evidence.target.unit
    for component in site.catalogue:
        published = {f.port for f in component.frontends if f.http}
        for host in site.hosts_of(component):
            if host.name != evidence.target.host:
                continue
            for process in component.processes(site, host):
                if process.unit == unit and published & {p.number for p in process.ports}:
                    return component
    return None


def check(evidence: Evidence) -> tuple[Finding, ...]:
    """Calls begun after the promised seconds (LEFT without a promise) and before healing must all succeed."""
    component = _component(evidence)
    assert component is not None
    kind = component.capability.value
    limit = promised(evidence.promises, evidence.target.fault, kind) or LEFT
    left = evidence.injected + limit
    ops = [op for op in of_kind(evidence.ops, kind) if left <= op.start < evidence.healed]
    if not ops:
        return (
            Finding(Verdict.UNKNOWN, RULE, kind, "no call was begun after it left and before it was healed"),
        )
    bad = [op for op in ops if op.outcome is not Outcome.OK]
    detail = f"{len(bad)} of {len(ops)} calls failed that began more than {limit:g} s after the fault"
    if bad:
        first = f"{detail}: the first at {bad[0].start - evidence.injected:.2f} s, {bad[0].value}"
        remedy = "does the balancer's check ask what the service needs to answer? see `holdfast status`"
        return (Finding(Verdict.FAIL, RULE, kind, first, remedy),)
    return (Finding(Verdict.PASS, RULE, kind, detail),)


CHECKER = Checker(RULE, check, applies=lambda evidence: _component(evidence) is not None)
