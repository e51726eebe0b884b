"""Tables that are not findings: drills, faults and machines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from holdfast.front.paper import columns, paper
from holdfast.front.render import COLOUR, MARK, print_findings

if TYPE_CHECKING:
    from holdfast.drill.result import Measure, Report
    from holdfast.faults import Target
    from holdfast.front.drills import KnownFault
    from holdfast.lab.lab import MachineState


def seconds(value: float | None) -> str:
    """Seconds with two digits, or a dash."""
    return "-" if value is None else f"{value:.2f} s"


def print_rows(rows: Sequence[Sequence[str]], indent: str = "") -> None:
    """Rows side by side, the first of them the heads."""
    for line in columns(rows, paper(), indent):
        print(line)


def print_drill(report: Report) -> None:
    """Each fault with its verdict and what was lost, what each operation felt, then what is wanting."""
    on = paper()
    for result in report.results:
        lost = "not known what was lost" if result.lost is None else f"{result.lost} acknowledged lost"
        verdict = on.paint(f"{MARK[result.verdict]:4}", COLOUR[result.verdict])
        print(f"{verdict}  {result.target.name}  {lost}")
        heads = ("operations", "promised", "predicted", "measured", "worst")
        print_rows([heads, *map(_measure_cells, result.measures)], "      ")
    print_findings([f for r in report.results for f in r.findings])
    print(f"report: {report.folder / 'report.html'}")


def _measure_cells(measure: Measure) -> tuple[str, ...]:
    foreseen = measure.predicted
    predicted = "-" if foreseen is None else f"{foreseen[0]:.2f} to {foreseen[1]:.2f} s"
    felt = seconds(measure.median), seconds(measure.worst)
    return (measure.kind, seconds(measure.promised), predicted, *felt)


def print_faults(faults: Sequence[KnownFault]) -> None:
    """Every fault by name with what it does."""
    print_rows([("fault", "what it does"), *((fault.name, fault.summary) for fault in faults)])


def print_healed(targets: Sequence[Target]) -> None:
    """What an earlier drill had left open."""
    print(f"healed: {', '.join(target.name for target in targets) or 'nothing was open'}")


def print_machines(machines: Sequence[MachineState]) -> None:
    """Every lab machine with its address, power, link and uptime; its links one by one where they differ."""
    rows = [("host", "address", "power", "link", "up for")]
    for m in machines:
        uptime = "-" if m.uptime is None else f"{m.uptime:.0f} s"
        each = ", ".join(f"{card.network} {card.link}" for card in m.cards)
        rows.append((m.name, m.address, m.power, each if m.link == "partly" else m.link, uptime))
    print_rows(rows)
