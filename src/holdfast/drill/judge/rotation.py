"""Did no call fail once a broken backend had left the rotation?"""

from __future__ import annotations

from holdfast.drill.evidence import Evidence, of_kind, promised
from holdfast.drill.judge import Checker
from holdfast.model.finding import Finding, Verdict
from holdfast.model.op import Outcome

RULE = "rotation"
LEFT = 2.0


def _kind(evidence: Evidence) -> str:
    """The class of operations of the struck backend, "" where none stands behind an HTTP frontend."""
    for component in evidence.site.catalogue:
        if evidence.target.unit in component.units[:1]:
            return next((frontend.name for frontend in component.frontends if frontend.http), "")
    return ""


def check(evidence: Evidence) -> tuple[Finding, ...]:
    """Calls begun after the promised seconds (LEFT without a promise) and before healing must all succeed."""
    kind = _kind(evidence)
    limit = promised(evidence, kind) or LEFT
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


CHECKER = Checker(RULE, check, applies=lambda evidence: bool(_kind(evidence)))
