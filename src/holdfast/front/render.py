"""Findings, plans and tables for people: legible without colour, within a terminal's width."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from holdfast.model.finding import Finding, Verdict
from holdfast.model.plan import Action, Claim, Forget, Keep, Package, Plan, PutFile, Remove, Run, Unit, Unpack

if TYPE_CHECKING:
    from holdfast.front.service import Applied

MARK = {Verdict.PASS: "ok", Verdict.UNKNOWN: "??", Verdict.FAIL: "FAIL"}
STYLE = {Verdict.PASS: "green", Verdict.UNKNOWN: "yellow", Verdict.FAIL: "bold red"}


def findings_json(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    """Findings as plain data, verdicts by name."""
    return [{**asdict(f), "verdict": f.verdict.name} for f in findings]


def print_json(value: object) -> None:
    """One JSON document on standard output."""
    print(json.dumps(value, indent=1, default=str))


def print_findings(findings: Sequence[Finding], *, passed: bool = True) -> None:
    """A table, the gravest first; `passed` says whether those that pass are shown too."""
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, show_header=False)
    for name in ("verdict", "rule", "subject", "detail"):
        table.add_column(name, overflow="fold", no_wrap=name == "verdict")
    for finding in sorted(findings, key=lambda f: -f.verdict):
        if finding.verdict is Verdict.PASS and not passed:
            continue
        words = finding.detail + (f"\n-> {finding.remedy}" if finding.remedy and finding.verdict else "")
        style = STYLE[finding.verdict]
        table.add_row(f"[{style}]{MARK[finding.verdict]}[/]", finding.rule, finding.subject, words)
    Console(highlight=False, soft_wrap=False).print(table)


def applied_findings(done: Applied) -> tuple[Finding, ...]:
    """What became of each step that did not end well, then the state of everything after."""
    failed = tuple(
        Finding(Verdict.FAIL, "apply", step, reason, "mend the cause, then apply again: it resumes here")
        for step, reason in done.failed.items()
    )
    return (*failed, *done.findings)


def tally(findings: Sequence[Finding]) -> str:
    """How many of each verdict, in words."""
    count = {v: sum(f.verdict is v for f in findings) for v in Verdict}
    return f"{count[Verdict.PASS]} ok, {count[Verdict.UNKNOWN]} unknown, {count[Verdict.FAIL]} failed"


def action_words(action: Action) -> str:
    """One line of what an action does, without any secret."""
    match action:
        case PutFile():
            return f"write   {action.path} ({action.owner}:{action.group} {action.mode:o})"
        case Package():
            return f"install {' '.join(action.names)}"
        case Run():
            words = " ".join(action.argv)
            return f"run     {words if len(words) <= 90 else words[:87] + '...'}"
        case Unit():
            return f"{action.change:<7} {action.name}"
        case Unpack():
            return f"unpack  {action.path}"
        case Forget() | Remove() | Keep() | Claim():
            return action.subject


def plan_json(plan: Plan, diffs: dict[tuple[str, str], str]) -> list[dict[str, Any]]:
    """A plan as plain data; `diffs` is keyed by host and path."""
    return [
        {
            "id": step.id,
            "host": step.host,
            "why": step.why,
            "needs": sorted(step.needs),
            "actions": [action_words(a) for a in step.actions],
            "gate": asdict(step.gate) if step.gate else None,
            "diffs": {
                a.path: diffs.get((step.host, a.path), "") for a in step.actions if isinstance(a, PutFile)
            },
        }
        for step in plan.steps
    ]


def print_plan(plan: Plan, diffs: dict[tuple[str, str], str]) -> None:
    """Every step in order: what, why, the diff of each file, the gate after it."""
    from rich.console import Console

    console = Console(highlight=False, soft_wrap=True)
    for number, step in enumerate(plan.steps, 1):
        console.print(f"[bold]{number:3}. {step.id}[/]  because {step.why}", markup=True)
        for action in step.actions:
            console.print(f"       {action_words(action)}", markup=False)
            if isinstance(action, PutFile):
                for line in diffs.get((step.host, action.path), "").splitlines():
                    console.print(f"         {line}", markup=False)
        if step.gate:
            console.print(f"       then wait for: {step.gate.question} on {step.gate.host}", markup=False)
    hosts = len({s.host for s in plan.steps})
    console.print(f"{len(plan.steps)} steps on {hosts} hosts" if plan.steps else "nothing to do")
