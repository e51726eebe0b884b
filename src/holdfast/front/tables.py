"""Tables that are not findings: the timing budget, drills, faults and machines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from holdfast.front.render import MARK, print_findings, print_table

if TYPE_CHECKING:
    from rich.table import Table

    from holdfast.checks.budget import Budget
    from holdfast.drill.result import DrillResult, Measure, Report
    from holdfast.faults import Target
    from holdfast.front.drills import KnownFault
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


def print_budgets(budgets: Sequence[Budget]) -> None:
    """One row a fault and kind: what is promised, what the configured timers lead one to expect."""
    table = _table("fault", "operations", "promised", "typical", "worst", "the longest leg, and its timers")
    for b in budgets:
        longest = max(b.legs, key=lambda leg: leg.worst)
        timers = ", ".join(f"{name} {value:g}{unit}" for name, value, unit in longest.timers)
        words = f"{longest.text} ({timers})" if timers else longest.text
        table.add_row(b.fault, b.kind, seconds(b.promised), seconds(b.typical), seconds(b.worst), words)
    print_table(table)


def print_drill(report: Report) -> None:
    """Fault / promised / predicted / measured / acknowledged writes lost, then what was found wanting."""
    table = _table("fault", "operations", "promised", "predicted", "measured", "worst", "lost", "verdict")
    for result in report.results:
        for row, measure in enumerate(result.measures):
            table.add_row(*_measure_cells(result, measure, first=row == 0))
    print_table(table)
    findings = [f for r in report.results for f in r.findings if f.verdict]
    if findings:
        print_findings(findings)
    print(f"report: {report.folder / 'report.html'}")


def _measure_cells(result: DrillResult, measure: Measure, *, first: bool) -> tuple[str, ...]:
    predicted = (
        "-" if measure.predicted is None else f"{measure.predicted[0]:.2f} to {measure.predicted[1]:.2f} s"
    )
    lost = "?" if result.lost is None else str(result.lost)
    head = (result.target.name, lost, MARK[result.verdict]) if first else ("", "", "")
    return (head[0], measure.kind, seconds(measure.promised), predicted, seconds(measure.median),
            seconds(measure.worst), head[1], head[2])  # fmt: skip


def print_faults(faults: Sequence[KnownFault]) -> None:
    """Every fault by name with what it does."""
    table = _table("fault", "what it does")
    for fault in faults:
        table.add_row(fault.name, fault.summary)
    print_table(table)


def print_healed(targets: Sequence[Target]) -> None:
    """What an earlier drill had left open."""
    print(f"healed: {', '.join(target.name for target in targets) or 'nothing was open'}")


def print_machines(machines: Sequence[MachineState]) -> None:
    """Every lab machine with its address, power, link and uptime; its links one by one where they differ."""
    table = _table("host", "address", "power", "link", "up for")
    for m in machines:
        uptime = "-" if m.uptime is None else f"{m.uptime:.0f} s"
        each = ", ".join(f"{card.network} {card.link}" for card in m.cards)
        table.add_row(m.name, m.address, m.power, each if m.link == "partly" else m.link, uptime)
    print_table(table)
