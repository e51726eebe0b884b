"""Quorum members are odd in number, three or more: an even one adds a host and no loss that it survives."""

from __future__ import annotations

from holdfast.checks import Design, Rule
from holdfast.checks.quorum import Quorum, quorums
from holdfast.checks.sample import design
from holdfast.model.finding import Finding, Verdict

NAME = "quorum-odd"


def check(of: Design) -> tuple[Finding, ...]:
    """One finding a quorum."""
    return tuple(_judge(quorum) for quorum in quorums(of.site))


def _judge(quorum: Quorum) -> Finding:
    name, count = quorum.placed.name, len(quorum.members)
    if count == 1:
        why = "not highly available yet: one host; grow to three"
        return Finding(Verdict.FAIL, NAME, name, why, _remedy(quorum, 3))
    if count % 2 == 0:
        why = f"{count} members survive no more losses than {count - 1}, and can split into equal halves"
        return Finding(Verdict.FAIL, NAME, name, why, _remedy(quorum, count + 1))
    return Finding(Verdict.PASS, NAME, name, f"{count} members: {quorum.spare} may be lost at a time")


def _remedy(quorum: Quorum, wanted: int) -> str:
    return f"give the role {quorum.placed.component.role or 'controller'} to {wanted} hosts"


RULE = Rule(
    NAME,
    "R15",
    "an odd number of quorum members, three or more",
    check,
    good=lambda: design(3),
    bad=lambda: design(4),
)
