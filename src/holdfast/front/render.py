"""Findings and plans for people: legible without colour, one line for each where another program reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from textwrap import shorten
from typing import TYPE_CHECKING

from holdfast.front.paper import Paper, columns, harmless, paper
from holdfast.model.finding import Finding, Verdict
from holdfast.model.plan import Plan, PutFile

if TYPE_CHECKING:
    from holdfast.front.summary import Summary

WIDTH = 100
"""Of an action's words in a plan: commands may hold whole programs."""

MARK = {Verdict.PASS: "ok", Verdict.UNKNOWN: "??", Verdict.FAIL: "FAIL"}
COLOUR = {Verdict.PASS: "32", Verdict.UNKNOWN: "33", Verdict.FAIL: "1;31"}


def print_findings(findings: Sequence[Finding], *, passed: bool = False) -> None:
    """The gravest first; `passed` says whether those that pass are shown too."""
    for line in findings_lines(findings, paper(), passed=passed):
        print(line)


def findings_lines(findings: Sequence[Finding], on: Paper, *, passed: bool) -> Iterator[str]:
    """The lines of findings: verdict, rule and subject stay whole, and are in the first line."""
    shown = [f for f in sorted(findings, key=lambda f: -f.verdict) if passed or f.verdict]
    if on.width is None:
        rows = [("", finding.rule, finding.subject, _in_one(finding)) for finding in shown]
        for finding, line in zip(shown, columns(rows, on), strict=True):
            yield f"{MARK[finding.verdict]:4}{line}"
        return
    for finding in shown:
        yield from _entry(finding, on)


def _in_one(finding: Finding) -> str:
    return f"{finding.detail} -> {finding.remedy}" if finding.remedy and finding.verdict else finding.detail


def _entry(finding: Finding, on: Paper) -> Iterator[str]:
    """One finding at a terminal: in one line where it fits, else its words below its name."""
    mark = on.paint(f"{MARK[finding.verdict]:4}", COLOUR[finding.verdict])
    name, detail = harmless(f"{finding.rule}  {finding.subject}"), harmless(finding.detail)
    remedy = harmless(finding.remedy) if finding.verdict else ""
    if not remedy and 8 + len(name) + len(detail) < (on.width or 0) and "\n" not in detail:
        yield f"{mark}  {name}  {detail}".rstrip()
        return
    yield f"{mark}  {name}"
    yield from on.fold(detail, "      ")
    if remedy:
        yield from on.fold(f"-> {remedy}", "      ")


def print_judgement(findings: Sequence[Finding], *, passed: bool = True) -> None:
    """Findings, and how many of each verdict."""
    print_findings(findings, passed=passed)
    print(tally(findings))


def tally(findings: Sequence[Finding]) -> str:
    """How many of each verdict, in words."""
    count = {v: sum(f.verdict is v for f in findings) for v in Verdict}
    return f"{count[Verdict.PASS]} ok, {count[Verdict.UNKNOWN]} unknown, {count[Verdict.FAIL]} failed"


def print_plan(plan: Plan, diffs: Mapping[tuple[str, str], str], short: Summary) -> None:
    """Every step in order: what, why, the diff of each file, the gate after it; then the plan in short."""
    from holdfast.front.outline import outline

    on = paper()
    for number, step in enumerate(plan.steps, 1):
        print(f"{number:3}. {on.paint(step.id, '1')}  because {harmless(step.why)}")
        for guard in step.guards:
            print(f"       only if {guard.meaning}")
        for action in step.actions:
            print(f"       {harmless(shorten(action.subject, WIDTH, placeholder=' ...'))}")
            if isinstance(action, PutFile):
                _print_diff(diffs.get((step.host, action.path), ""))
        if step.gate:
            print(f"       then wait for: {step.gate.question} on {step.gate.host}")
    print("\n".join(outline(short)))


def _print_diff(diff: str) -> None:
    for line in diff.splitlines():
        print(f"         {harmless(line.expandtabs())}".rstrip())
