"""Tables that are not findings: the timing budget, drills, faults and machines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from holdfast.front.render import MARK, findings_json, print_findings, print_json

if TYPE_CHECKING:
    from rich.table import Table

    from holdfast.checks.budget import Budget
    from holdfast.drill.result import DrillResult, Measure
    from holdfast.faults import Target
    from holdfast.lab.lab import MachineState


def seconds(value: float | None) -> str:
    """Seconds with two digits, or a dash."""
    return "-" if value is None else f"{value:.2f} s"


def _table(*columns: str) -> Table:
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for name in columns:
        table.add_column(name, overflow="fold")
    return table


def _print(table: Table) -> None:
    from rich.console import Console

    Console(highlight=False).print(table)


def budgets_json(budgets: Iterable[Budget]) -> list[dict[str, Any]]:
    """The timing budget as plain data, every leg with the timers responsible for it."""
    return [
        {
            "fault": b.fault, "kind": b.kind, "promised": b.promised, "typical": b.typical, "worst": b.worst,
            "legs": [
                {"phase": leg.phase.value, "text": leg.text, "typical": leg.typical, "worst": leg.worst,
                 "timers": [list(timer) for timer in leg.timers]}
                for leg in b.legs
            ],
        }
        for b in budgets
    ]  # fmt: skip


def print_budgets(budgets: Sequence[Budget]) -> None:
    """One row a fault and kind: what is promised, what the configured timers lead one to expect."""
    table = _table("fault", "operations", "promised", "typical", "worst", "the longest leg, and its timers")
    for b in budgets:
        longest = max(b.legs, key=lambda leg: leg.worst)
        timers = ", ".join(f"{name} {value:g}{unit}" for name, value, unit in longest.timers)
        words = f"{longest.text} ({timers})" if timers else longest.text
        table.add_row(b.fault, b.kind, seconds(b.promised), seconds(b.typical), seconds(b.worst), words)
    _print(table)


def print_drill(folder: Path, results: Sequence[DrillResult], as_json: bool) -> None:
    """Fault / promised / predicted / measured / acknowledged writes lost, then what was found wanting."""
    if as_json:
        print_json({"folder": str(folder), "results": [_drill_json(r) for r in results]})
        return
    table = _table("fault", "operations", "promised", "predicted", "measured", "worst", "lost", "verdict")
    for result in results:
        for row, measure in enumerate(result.measures):
            table.add_row(*_measure_cells(result, measure, first=row == 0))
    _print(table)
    findings = [f for r in results for f in r.findings if f.verdict]
    if findings:
        print_findings(findings)
    print(f"report: {folder / 'report.html'}")


def _measure_cells(result: DrillResult, measure: Measure, *, first: bool) -> tuple[str, ...]:
    predicted = (
        "-" if measure.predicted is None else f"{measure.predicted[0]:.2f} to {measure.predicted[1]:.2f} s"
    )
    lost = "?" if result.lost is None else str(result.lost)
    head = (result.target.name, lost, MARK[result.verdict]) if first else ("", "", "")
    return (head[0], measure.kind, seconds(measure.promised), predicted, seconds(measure.median),
            seconds(measure.worst), head[1], head[2])  # fmt: skip


def _drill_json(result: DrillResult) -> dict[str, Any]:
    return {
        "fault": result.fault, "target": result.target.record(), "lost": result.lost,
        "redundancy": result.redundancy, "verdict": result.verdict.name, "folders": result.folders,
        "measures": [
            {"kind": m.kind, "promised": m.promised, "predicted": m.predicted, "measured": m.measured,
             "median": m.median, "worst": m.worst}
            for m in result.measures
        ],
        "findings": findings_json(result.findings),
    }  # fmt: skip


def print_faults(names: Mapping[str, str], as_json: bool) -> None:
    """Every fault by name with what it does."""
    if as_json:
        print_json(dict(names))
        return
    table = _table("fault", "what it does")
    for name, summary in names.items():
        table.add_row(name, summary)
    _print(table)


def print_healed(targets: Sequence[Target], as_json: bool) -> None:
    """What an earlier drill had left open."""
    names = [target.name for target in targets]
    print_json(names) if as_json else print(f"healed: {', '.join(names) or 'nothing was open'}")


def print_machines(machines: Sequence[MachineState], as_json: bool) -> None:
    """Every lab machine with its address, power, link and uptime; its links one by one where they differ."""
    if as_json:
        print_json([{**asdict(m), "link": m.link} for m in machines])
        return
    table = _table("host", "address", "power", "link", "up for")
    for m in machines:
        uptime = "-" if m.uptime is None else f"{m.uptime:.0f} s"
        each = ", ".join(f"{card.network} {card.link}" for card in m.cards)
        table.add_row(m.name, m.address, m.power, each if m.link == "partly" else m.link, uptime)
    _print(table)
