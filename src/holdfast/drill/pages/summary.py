"""The page of a drill: every fault with its repeats, failures first."""

from __future__ import annotations

from html import escape

from holdfast.drill.pages.about import conditions, headline
from holdfast.drill.pages.markup import badge, facts, link, page, sign, wanting
from holdfast.drill.pages.measures import COLUMNS, costs, head, over_line, rows
from holdfast.drill.result import DrillResult, findings_of
from holdfast.model.finding import worst


def summary_page(cloud: str, results: tuple[DrillResult, ...]) -> str:
    """All faults of a drill, at least one, with a link to each run's page."""
    ordered = sorted(results, key=lambda result: -result.verdict)
    most = max(len(result.folders) for result in results)
    findings = findings_of(ordered)
    body = (
        f"<h1>Drill {badge(worst(findings))}</h1>{headline(cloud, results[-1].circumstances)}"
        f"<p class=about>{link('../index.html', 'all drills of this cloud')} · {link('results.json')}</p>"
        f"{wanting(findings)}{over_line(ordered)}"
        "<h2>Measured</h2><p class=about>The longest time without a success, for each kind of operation.</p>"
        f"<table>{head(most)}{''.join(_fault(result) + rows(result) for result in ordered)}</table>"
        f"<h2>Made under</h2>{facts(conditions(results[-1].circumstances))}"
    )
    return page(f"Holdfast drill of {cloud}", body)


def _fault(result: DrillResult) -> str:
    runs = " ".join(link(f"{folder}/report.html", f"run {n}") for n, folder in enumerate(result.folders, 1))
    return (
        f"<tr class=first><td colspan={COLUMNS}><b>{escape(result.fault)}</b> on "
        f"{escape(result.target.where)} {sign(result.verdict)} · {costs(result)} · {runs}</td></tr>"
    )
