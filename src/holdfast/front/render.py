"""Findings, plans and tables for people: legible without colour, within a terminal's width."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import shorten
from typing import TYPE_CHECKING

from holdfast.model.finding import Finding, Verdict
from holdfast.model.plan import Plan, PutFile

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from holdfast.front.summary import Summary

WIDTH = 100
"""Of an action's words in a plan: commands may hold whole programs."""

MARK = {Verdict.PASS: "ok", Verdict.UNKNOWN: "??", Verdict.FAIL: "FAIL"}
STYLE = {Verdict.PASS: "green", Verdict.UNKNOWN: "yellow", Verdict.FAIL: "bold red"}


def print_table(table: Table) -> None:
    """A table without the blanks that fill its lines up."""
    from rich.console import Console

    console = Console(highlight=False, soft_wrap=False)
    if console.is_terminal:
        console.print(table)
        return
    with console.capture() as drawn:
        console.print(table)
    print("\n".join(line.rstrip() for line in drawn.get().splitlines()))


def print_findings(findings: Sequence[Finding], *, passed: bool = True) -> None:
    """A table, the gravest first; `passed` says whether those that pass are shown too."""
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, pad_edge=False, show_header=False)
    for name in ("verdict", "rule", "subject", "detail"):
        table.add_column(name, overflow="fold", no_wrap=name == "verdict")
    for finding in sorted(findings, key=lambda f: -f.verdict):
        if finding.verdict is Verdict.PASS and not passed:
            continue
        words = finding.detail + (f"\n-> {finding.remedy}" if finding.remedy and finding.verdict else "")
        style = STYLE[finding.verdict]
        told = (escape(text) for text in (finding.rule, finding.subject, words))
        table.add_row(f"[{style}]{MARK[finding.verdict]}[/]", *told)
    if table.rows:
        print_table(table)


def print_judgement(findings: Sequence[Finding]) -> None:
    """All findings, and how many of each verdict."""
    print_findings(findings)
    print(tally(findings))


def tally(findings: Sequence[Finding]) -> str:
    """How many of each verdict, in words."""
    count = {v: sum(f.verdict is v for f in findings) for v in Verdict}
    return f"{count[Verdict.PASS]} ok, {count[Verdict.UNKNOWN]} unknown, {count[Verdict.FAIL]} failed"


def print_plan(plan: Plan, diffs: Mapping[tuple[str, str], str], short: Summary) -> None:
    """Every step in order: what, why, the diff of each file, the gate after it; then the plan in short."""
    from rich.console import Console

    from holdfast.front.outline import outline

    console = Console(highlight=False, soft_wrap=True)
    for number, step in enumerate(plan.steps, 1):
        console.print(f"{number:3}. {step.id}", style="bold", markup=False, end="")
        console.print(f"  because {step.why}", markup=False)
        for guard in step.guards:
            console.print(f"       only if {guard.meaning}", markup=False)
        for action in step.actions:
            console.print(f"       {shorten(action.subject, WIDTH, placeholder=' ...')}", markup=False)
            if isinstance(action, PutFile):
                _print_diff(console, diffs.get((step.host, action.path), ""))
        if step.gate:
            console.print(f"       then wait for: {step.gate.question} on {step.gate.host}", markup=False)
    print("\n".join(outline(short)))


def _print_diff(console: Console, diff: str) -> None:
    for line in diff.splitlines():
        console.print(f"         {line}".rstrip(), markup=False)
