"""Static rules over a design: one per file, each with a good and a bad example; pure, no host is asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from holdfast.model.catalogue import Site
from holdfast.model.discover import discover
from holdfast.model.finding import Finding, Verdict


@dataclass(frozen=True)
class Design:
    """What rules judge: the site (its cloud, catalogue, certificates) and the time, which has a zone."""

    site: Site
    now: datetime


Check = Callable[[Design], tuple[Finding, ...]]


@dataclass(frozen=True)
class Rule:
    """One rule. `requirement` is its number ("R15"); `good` and `bad` make the examples that show it right.

    `check` gives one finding a subject; none at all means that there was nothing to look at.
    """

    name: str
    requirement: str
    summary: str
    check: Check
    good: Callable[[], Design]
    bad: Callable[[], Design]


@cache
def all_rules() -> tuple[Rule, ...]:
    """Every rule, by its file's name."""
    return tuple(discover(__name__, __path__, "RULE", Rule).values())


def check_design(site: Site, now: datetime) -> tuple[Finding, ...]:
    """Every rule's findings; a rule that crashed or said nothing gives UNKNOWN."""
    design = Design(site, now)
    return tuple(finding for rule in all_rules() for finding in apply_rule(rule, design))


def apply_rule(rule: Rule, design: Design) -> tuple[Finding, ...]:
    """One rule's findings, never none."""
    subject = design.site.cloud.name
    try:
        findings = rule.check(design)
    except Exception as error:
        why = f"the rule crashed: {type(error).__name__}: {error}"
        remedy = "report this with the cloud file"
        return (Finding(Verdict.UNKNOWN, rule.name, subject, why, remedy),)
    nothing = "the rule found nothing to look at"
    return findings or (
        Finding(Verdict.UNKNOWN, rule.name, subject, nothing, "see which services the cloud file wants"),
    )
