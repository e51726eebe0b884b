"""The pages that show a drill: self-contained, legible without colours."""

from __future__ import annotations

import json
from html import escape

from holdfast.drill.result import DrillResult, Measure, Run
from holdfast.drill.timeline import close_up, figure
from holdfast.model.finding import Finding, Verdict, worst

SIGNS = {Verdict.PASS: "✔ pass", Verdict.UNKNOWN: "? unknown", Verdict.FAIL: "✖ fail"}

STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; color: #1f2933 }
body { max-width: 1320px; margin: 1.5rem auto; padding: 0 1rem }
h1 { font-size: 1.5rem; margin: 0 0 .2rem } h2 { font-size: 1.1rem; margin: 1.6rem 0 .4rem }
p.about { color: #52606d; margin: 0 0 1rem }
table { border-collapse: collapse; width: 100% }
th, td { padding: .35rem .7rem; text-align: left; vertical-align: top }
th { border-bottom: 2px solid #1f2933; font-weight: 600 } td { border-bottom: 1px solid #dde3e9 }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
td.n small { color: #52606d } tr.first td { border-top: 2px solid #9aa5b1 }
.sign { white-space: nowrap; font-weight: 600 } .pass { color: #1b6e3c } .unknown { color: #9a5b00 }
.fail { color: #b3261e } .remedy { color: #52606d } .rule { white-space: nowrap; color: #52606d }
.verdict { display: inline-block; border: 2px solid currentColor; border-radius: 4px; padding: .05rem .6rem }
"""

CONFIG = {"displayModeBar": False, "responsive": True}

HEAD = (
    "<tr><th>fault</th><th>operation</th><th class=n>promised</th>"
    "<th class=n>predicted<br><small>typical, worst</small></th>"
    "<th class=n>measured<br><small>median, worst</small></th><th>kept?</th>"
    "<th class=n>acknowledged<br>writes lost</th><th class=n>whole again<br><small>worst</small></th></tr>"
)


def run_page(run: Run, result: DrillResult) -> str:
    """One run: the table, the timeline near the fault and as a whole, the findings. 5 MB, no network."""
    from plotly.offline import get_plotlyjs  # type: ignore[import-untyped]

    evidence = run.evidence
    whole = (-min(5.0, evidence.injected), evidence.ended - evidence.injected)
    figures = [
        figure(evidence, *close_up(evidence), "Near the fault"),
        figure(evidence, *whole, "The whole run"),
    ]
    pictures = "".join(f'<div id="picture-{i}"></div>' for i in range(len(figures)))
    draw = "".join(
        f'Plotly.newPlot("picture-{i}", {_script({**f, "config": CONFIG})});' for i, f in enumerate(figures)
    )
    fault, cloud = evidence.target, evidence.site.cloud.name
    body = (
        f"<h1>{escape(fault.fault)} on {escape(fault.where)} {_badge(worst(run.findings))}</h1>"
        f"<p class=about>Cloud {escape(cloud)}, {len(evidence.ops)} operations from clients that are none of "
        "the hosts. A gap (shaded) runs from one success to the next. Drag to zoom in, double-click to zoom "
        "out; an operation under the pointer tells its story.</p>"
        f"<table>{HEAD}{_rows(result, links=False)}</table>"
        f"{pictures}<h2>Findings</h2>{_findings(run.findings)}"
        f"<script>{get_plotlyjs()}</script><script>{draw}</script>"
    )
    return _page(f"{evidence.target.name}: drill", body)


def summary_page(results: tuple[DrillResult, ...]) -> str:
    """All faults of a drill, with a link to each run's page."""
    rows = "".join(_rows(result, links=True) for result in results)
    wrong = tuple(f for r in results for f in r.findings if f.verdict is not Verdict.PASS)
    verdict = worst(f for r in results for f in r.findings)
    findings = f"<h2>Not passed</h2>{_findings(wrong)}" if wrong else "<p>Every finding passed.</p>"
    body = (
        f"<h1>Drill {_badge(verdict)}</h1><p class=about>Longest time without a success, per kind of "
        f"operation. Every run has its own page.</p><table>{HEAD}{rows}</table>{findings}"
    )
    return _page("Holdfast drill", body)


def seconds(value: float | None) -> str:
    """Seconds as the tables show them: a dash where there are none."""
    return "–" if value is None else f"{value:.2f} s"


def kept(measure: Measure) -> Verdict | None:
    """Was the promise kept in every repeat? None where nothing was promised."""
    if measure.promised is None:
        return None
    if measure.worst is None:
        return Verdict.UNKNOWN
    return Verdict.PASS if measure.worst <= measure.promised else Verdict.FAIL


def _rows(result: DrillResult, *, links: bool) -> str:
    ordered = sorted(result.measures, key=lambda m: m.promised is None)
    return "".join(_row(result, m, first=i == 0, links=links) for i, m in enumerate(ordered))


def _row(result: DrillResult, measure: Measure, *, first: bool, links: bool) -> str:
    predicted = "–" if measure.predicted is None else ", ".join(f"{s:.2f}" for s in measure.predicted) + " s"
    verdict = kept(measure)
    lost = back = name = ""
    if first:
        lost = "?" if result.lost is None else str(result.lost)
        worst_back = None if None in result.redundancy else max(r or 0.0 for r in result.redundancy)
        back = "not in time" if worst_back is None else f"{worst_back:.1f} s"
        name = f"<b>{escape(result.fault)}</b><br><small>on {escape(result.target.where)}</small>"
        if links:
            pages = enumerate(result.folders, 1)
            name += " " + " ".join(f'<a href="{escape(f)}/report.html">run {i}</a>' for i, f in pages)
    return (
        f"<tr{' class=first' if first else ''}><td>{name}</td><td>{escape(measure.kind)}</td>"
        f"<td class=n>{seconds(measure.promised)}</td><td class=n>{predicted}</td>"
        f"<td class=n>{seconds(measure.median)}, {seconds(measure.worst)}</td>"
        f"<td>{_sign(verdict) if verdict is not None else ''}</td>"
        f"<td class=n>{lost}</td><td class=n>{back}</td></tr>"
    )


def _findings(findings: tuple[Finding, ...]) -> str:
    worst_first = sorted(findings, key=lambda f: -f.verdict)
    rows = "".join(
        f"<tr><td>{_sign(f.verdict)}</td><td class=rule>{escape(f.rule)}</td><td>{escape(f.subject)}</td>"
        f"<td>{escape(f.detail)}{_remedy(f)}</td></tr>"
        for f in worst_first
    )
    return f"<table><tr><th></th><th>rule</th><th>subject</th><th>what was seen</th></tr>{rows}</table>"


def _remedy(finding: Finding) -> str:
    return f"<br><span class=remedy>→ {escape(finding.remedy)}</span>" if finding.remedy else ""


def _sign(verdict: Verdict) -> str:
    return f'<span class="sign {verdict.name.lower()}">{SIGNS[verdict]}</span>'


def _badge(verdict: Verdict) -> str:
    return f'<span class="verdict {verdict.name.lower()}">{SIGNS[verdict]}</span>'


def _script(value: object) -> str:
    """JSON that cannot end the script element around it."""
    return json.dumps(value, separators=(",", ":")).replace("</", "<\\/")


def _page(title: str, body: str) -> str:
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{STYLE}</style></head><body>{body}</body></html>\n"
    )
