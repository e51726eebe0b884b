"""Database sessions go to one writer at a time, the same from every balancer: several writers deadlock."""

from __future__ import annotations

from holdfast.checks import Design, Rule
from holdfast.checks.published import Published, published, says
from holdfast.checks.sample import design, with_text
from holdfast.model.finding import Finding, Verdict

NAME = "one-writer"
TRAITS = (
    ("sessions are spread over the backends (it needs `balance first`)", r"balance\s+first\b"),
    ("no stick table remembers the writer", r"stick-table\s"),
    ("the stick table is not shared between the balancers (`peers`)", r"stick-table\s.*\bpeers\s+\S"),
    ("the writer is not one for all clients (`stick on` a constant)", r"stick\s+on\s+(int|str)\("),
)


def check(of: Design) -> tuple[Finding, ...]:
    """One finding a frontend that is not balanced."""
    return tuple(_judge(each) for each in published(of.site) if not each.frontend.http)


def _judge(each: Published) -> Finding:
    missing = [why for why, pattern in TRAITS if not says(each.own, pattern)]
    if "on-marked-down shutdown-sessions" not in each.shared + each.own:
        missing.append("sessions to a lost writer are not cut (`on-marked-down shutdown-sessions`)")
    subject = f"{each.placed.name} {each.frontend.port}"
    if missing:
        remedy = "correct the balancer's published text, or its override"
        return Finding(Verdict.FAIL, NAME, subject, "; ".join(missing), remedy)
    why = "one writer, remembered by all balancers; sessions to a lost one are cut"
    return Finding(Verdict.PASS, NAME, subject, why)


RULE = Rule(
    NAME,
    "R30",
    "one database writer at a time, the same for every client and balancer",
    check,
    good=lambda: design(3),
    bad=lambda: with_text(design(3), "balance first", "balance leastconn"),
)
