"""Judges of a run: one invariant per file, found by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from holdfast.drill.evidence import Evidence
from holdfast.model.discover import discover
from holdfast.model.finding import Finding, Verdict


@dataclass(frozen=True)
class Checker:
    """`check(evidence)` gives at least one finding where `applies(evidence)`; both are pure."""

    rule: str
    check: Callable[[Evidence], tuple[Finding, ...]]
    applies: Callable[[Evidence], bool] = lambda _evidence: True


@cache
def checkers() -> tuple[Checker, ...]:
    """Every checker, by its file's name."""
    return tuple(discover(__name__, __path__, "CHECKER", Checker).values())


def judge(evidence: Evidence, among: tuple[Checker, ...] | None = None) -> tuple[Finding, ...]:
    """All findings; a checker that crashed, or that saw nothing to judge, gives UNKNOWN."""
    return tuple(f for checker in among or checkers() for f in _ask(checker, evidence))


def _ask(checker: Checker, evidence: Evidence) -> tuple[Finding, ...]:
    subject = evidence.target.name
    try:
        if not checker.applies(evidence):
            return ()
        findings = checker.check(evidence)
    except Exception as error:
        why = f"the checker crashed: {type(error).__name__}: {error}"
        return (Finding(Verdict.UNKNOWN, checker.rule, subject, why, "report this with the run's folder"),)
    return findings or (Finding(Verdict.UNKNOWN, checker.rule, subject, "nothing to judge was seen"),)
