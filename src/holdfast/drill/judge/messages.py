"""Is every confirmed message on the queue?"""

from __future__ import annotations

from holdfast.drill.evidence import Evidence, of_kind
from holdfast.drill.history import number
from holdfast.drill.judge import Checker
from holdfast.model.finding import Finding, Verdict
from holdfast.model.op import Outcome

RULE = "messages"
KIND = "messaging.publish"


def check(evidence: Evidence) -> tuple[Finding, ...]:
    """One finding: ok / lost / recovered (open, but there) / unexpected (refused, but there) / twice."""
    confirmed = _sent(evidence, Outcome.OK)
    if not confirmed:
        return (Finding(Verdict.UNKNOWN, RULE, KIND, "no message was confirmed"),)
    if evidence.messages is None:
        return (Finding(Verdict.UNKNOWN, RULE, KIND, "the queue could not be read", "is the bus back?"),)
    there = set(evidence.messages)
    gone, unexpected = sorted(confirmed - there), sorted(there & _sent(evidence, Outcome.FAIL))
    detail = (
        f"{len(confirmed & there)} ok, {len(gone)} lost, "
        f"{len(there & _sent(evidence, Outcome.UNKNOWN))} recovered, {len(unexpected)} unexpected, "
        f"{len(evidence.messages) - len(there)} twice"
    )
    if gone or unexpected:
        first = ", ".join((gone or unexpected)[:5])
        remedy = "keep the queue as it is: the bus's logs show which member led it and when"
        return (Finding(Verdict.FAIL, RULE, KIND, f"{detail}: {first}", remedy),)
    return (Finding(Verdict.PASS, RULE, KIND, detail),)


def lost(evidence: Evidence) -> int | None:
    """Confirmed messages that are not there; None where the queue could not be read."""
    if evidence.messages is None:
        return None
    return len(_sent(evidence, Outcome.OK) - set(evidence.messages))


def _sent(evidence: Evidence, outcome: Outcome) -> set[str]:
    ops = of_kind(evidence.ops, KIND)
    return {f"{op.actor}/{number(op)}" for op in ops if op.outcome is outcome}


CHECKER = Checker(RULE, check)
