"""What is promised is what the timers allow: FAIL where typically missed, UNKNOWN where only at worst."""

from __future__ import annotations

from dataclasses import replace

from holdfast.checks import Design, Rule
from holdfast.checks.budget import TOLERANCE, Budget, find_budget, promises_of
from holdfast.checks.sample import changed, design
from holdfast.model.cloud import Promise
from holdfast.model.finding import Finding, Verdict

NAME = "promises-in-budget"


def check(of: Design) -> tuple[Finding, ...]:
    """One finding a promise; UNKNOWN where the catalogue has no legs to predict it from."""
    return tuple(_judge(p, find_budget(of.site, p.fault, p.kind)) for p in promises_of(of.site))


def _judge(promise: Promise, budget: Budget | None) -> Finding:
    subject = f"{promise.fault} {promise.kind}"
    if budget is None:
        why = f"{promise.seconds:g} s promised, and no leg in the catalogue to predict it from"
        return Finding(Verdict.UNKNOWN, NAME, subject, why, f"measure it: holdfast drill {promise.fault}")
    told = f"{budget.worst:.2f} s at worst, typically {budget.typical:.2f} s; {promise.seconds:g} s promised"
    if budget.worst <= promise.seconds + TOLERANCE:
        return Finding(Verdict.PASS, NAME, subject, told)
    cause = budget.cause
    timers = ", ".join(f"{name} = {value:g} {unit}".rstrip() for name, value, unit in cause.timers)
    why = f"{told}; most of it: {cause.text}, {cause.worst:.2f} s{f' ({timers})' if timers else ''}"
    remedy = "promise what can be held, or shorten the timer if drills under load bear it"
    # Within the promise as a rule, beyond it with bad luck: neither kept nor broken until it is measured.
    typical = budget.typical <= promise.seconds + TOLERANCE
    return Finding(Verdict.UNKNOWN if typical else Verdict.FAIL, NAME, subject, why, remedy)


def _promising(seconds: float) -> Design:
    """A design that makes one promise only."""
    bare = changed(design(3), lambda component: replace(component, promises=()))
    cloud = replace(bare.site.cloud, promises=(Promise("power-address", "address", seconds),))
    return replace(bare, site=replace(bare.site, cloud=cloud))


RULE = Rule(
    NAME,
    "R64",
    "every promise is within what the timers predict at worst",
    check,
    good=lambda: _promising(5.0),
    bad=lambda: _promising(0.01),
)
