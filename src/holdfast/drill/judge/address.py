"""After healing: is the address on exactly one host, and does it answer from the clients' side?"""

from __future__ import annotations

from holdfast.drill.evidence import Evidence, of_kind
from holdfast.drill.judge import Checker
from holdfast.model.finding import Finding, Verdict
from holdfast.model.op import Outcome

RULE = "address"
LAST = 2.0


def check(evidence: Evidence) -> tuple[Finding, ...]:
    """The live probes' word on the holder, and the clients' last LAST seconds."""
    holder = tuple(f for f in evidence.looks if f.rule in ("landmarks", "address_answers"))
    unseen = Finding(Verdict.UNKNOWN, RULE, evidence.site.cloud.address, "nobody looked for its holder")
    return (*(holder or (unseen,)), _clients(evidence))


def _clients(evidence: Evidence) -> Finding:
    subject = f"{evidence.site.cloud.address} as clients see it"
    ops = [op for op in of_kind(evidence.ops, "address") if op.end > evidence.ended - LAST]
    if not ops:
        return Finding(Verdict.UNKNOWN, RULE, subject, f"no call in the last {LAST:g} s")
    good = sum(op.outcome is Outcome.OK for op in ops)
    detail = f"{good} of {len(ops)} calls in the last {LAST:g} s were answered"
    if not good:
        return Finding(
            Verdict.FAIL, RULE, subject, detail, "is the neighbours' ARP entry that of its holder?"
        )
    return Finding(Verdict.PASS, RULE, subject, detail)


CHECKER = Checker(RULE, check)
