"""After healing: do all members of each quorum agree on who is a member?"""

from __future__ import annotations

from holdfast.drill.evidence import Evidence
from holdfast.drill.judge import Checker
from holdfast.model.finding import Finding

RULE = "membership"


def check(evidence: Evidence) -> tuple[Finding, ...]:
    """The live probe's word at the end of the run."""
    return tuple(f for f in evidence.looks if f.rule == RULE)


CHECKER = Checker(RULE, check)
