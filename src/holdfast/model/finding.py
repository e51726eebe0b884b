"""A finding is the one answer that static checks, live probes and drill verdicts all give."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum


class Verdict(IntEnum):
    """Ordered by severity: unknown is not passed."""

    PASS = 0
    UNKNOWN = 1
    FAIL = 2


@dataclass(frozen=True)
class Finding:
    """What a rule says of a subject, and what to do about it when it is not a pass.

    `host` and `component` are what it is about, "" where that is more than one, or neither.
    """

    verdict: Verdict
    rule: str
    subject: str
    detail: str
    remedy: str = ""
    host: str = ""
    component: str = ""


def worst(findings: Iterable[Finding]) -> Verdict:
    """The gravest verdict; UNKNOWN where there is none, because nothing was looked at."""
    return max((f.verdict for f in findings), default=Verdict.UNKNOWN)
