"""The address does not move back by itself: a returning host would interrupt clients a second time."""

from __future__ import annotations

import re

from holdfast.checks import Design, Rule
from holdfast.checks.published import plain, says
from holdfast.checks.sample import design, with_text
from holdfast.model.catalogue import Here
from holdfast.model.finding import Finding, Verdict

NAME = "no-preemption"


def check(of: Design) -> tuple[Finding, ...]:
    """One finding a host that may hold an address: every one that it may hold."""
    return tuple(_judge(here) for here in of.site.places if "address" in here.component.kinds)


def _judge(here: Here) -> Finding:
    host = here.host
    texts = [plain(file.content) for file in here.files]
    instances = [part for text in texts for part in re.split(r"(?m)^\s*vrrp_instance\b", text)[1:]]
    if not instances:
        why = f"no file of {here.placed.name} defines how the address moves"
        return Finding(Verdict.UNKNOWN, NAME, host.name, why, "look by hand whether it moves back by itself")
    faults = []
    if not all(says(text, "nopreempt\\b") for text in instances):
        faults.append("it does not say `nopreempt`: a host of higher priority takes the address back")
    if any(says(text, "state\\s+MASTER\\b") for text in instances):
        faults.append("it begins as MASTER: `nopreempt` has no effect then")
    if faults:
        remedy = "begin as BACKUP, with nopreempt, on every host"
        return Finding(Verdict.FAIL, NAME, host.name, "; ".join(faults), remedy)
    return Finding(Verdict.PASS, NAME, host.name, "begins as BACKUP and leaves the address where it is")


RULE = Rule(
    NAME,
    "R20",
    "the address stays where it is when a better host returns",
    check,
    good=lambda: design(3),
    bad=lambda: with_text(design(3), "nopreempt", ""),
)
