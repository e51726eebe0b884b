"""The page of one run: what failed, the measures, the timeline, what hosts said, under what, the logs."""

from __future__ import annotations

import json
from collections.abc import Iterable
from html import escape

from holdfast.drill.evidence import Evidence
from holdfast.drill.pages.about import conditions, headline, moves
from holdfast.drill.pages.markup import badge, facts, link, page, table_of, wanting
from holdfast.drill.pages.measures import costs, head, over_line, rows
from holdfast.drill.pages.storyline import agreed
from holdfast.drill.pages.timeline import close_up, figure
from holdfast.drill.result import DrillResult, Run
from holdfast.model.finding import Verdict, worst

SCRIPT = "plotly.min.js"
"""In the drill's folder, once for all its pages."""

DRAW = """
const config = {displayModeBar: false, responsive: true};
const names = pictures.map((_, i) => `picture-${i}`);
const resize = (width, part) => names.forEach((name, i) =>
  Plotly.relayout(name, {width, height: Math.round(part * pictures[i].layout.height)}));
if (window.Plotly) {
  names.forEach((name, i) => Plotly.newPlot(name, structuredClone({...pictures[i], config})));
  addEventListener("beforeprint", () => resize(690, 0.8));
  addEventListener("afterprint", () => resize(null, 1));
} else {
  document.getElementById("picture-0").textContent =
    "The pictures need plotly.min.js of the folder above: keep a drill's folder together.";
}
"""


def run_page(run: Run, result: DrillResult, files: Iterable[str]) -> str:
    """One run; `files` are the paths, below its folder, of all else that it left."""
    evidence, fault = run.evidence, run.evidence.target
    passed = [f for f in run.findings if f.verdict is Verdict.PASS]
    body = (
        f"<h1>{escape(fault.fault)} on {escape(fault.where)} {badge(worst(run.findings))}</h1>"
        f"{headline(evidence.site.cloud.name, run.circumstances)}"
        f"<p class=about>{link('../report.html', 'all of this drill')} · {_links(files)}</p>"
        f"{wanting(run.findings)}{over_line([result])}"
        f"<p><b>Cost:</b> {costs(result)}.</p>"
        f"<p><b>Where things were:</b> {moves(evidence.whereabouts) or 'nobody said'}.</p>"
        f"<table>{head(1)}{rows(result)}</table>"
        f"{_pictures()}{_said(run)}<h2>Made under</h2>"
        f"{facts(conditions(run.circumstances))}"
        f"{f'<h2>Passed: {len(passed)}</h2>{table_of(passed)}' if passed else ''}"
        f'<script src="../{SCRIPT}"></script><script>const pictures = {_drawn(evidence)};{DRAW}</script>'
    )
    return page(f"{fault.name}: drill", body)


def _pictures() -> str:
    return (
        "<h2>What clients and hosts saw</h2>"
        "<p class=about>Clients are none of the hosts. A gap (shaded) runs from one success to the next. "
        "What hosts said is from their logs. Drag to zoom in, double-click to zoom out.</p>"
        '<div class=picture id="picture-0"></div><div class=picture id="picture-1"></div>'
    )


def _drawn(evidence: Evidence) -> str:
    """Near the fault and as a whole, as JSON that cannot end the script element around it."""
    name = f"{evidence.target.fault} on {evidence.target.where}"
    whole = (-min(5.0, evidence.injected), evidence.ended - evidence.injected)
    drawn = [
        figure(evidence, *close_up(evidence), f"Near the fault, {name}"),
        figure(evidence, *whole, f"The whole run, {name}"),
    ]
    return json.dumps(drawn, separators=(",", ":")).replace("</", "<\\/")


def _said(run: Run) -> str:
    heard = run.circumstances.hosts
    deaf = ", ".join(escape(h.name) for h in run.evidence.site.cloud.hosts if h.name not in heard)
    missing = f"<p><b>No log could be read of:</b> {deaf}. Its file says why.</p>" if deaf else ""
    lines = "".join(
        f"<tr><td class=n>{line.seconds:+.2f} s</td><td class=host>{escape(line.who)}</td>"
        f"<td>{escape(line.texts[0])}</td><td class=rule>{escape(', '.join(line.components))}</td></tr>"
        for line in agreed(run.evidence)
    )
    if not lines:
        return f"<h2>What hosts said</h2>{missing}<p>Their logs tell of nothing that happened.</p>"
    top = "<tr><th class=n>from the fault</th><th>who</th><th>what the log tells</th><th>whose log</th></tr>"
    return f"<h2>What hosts said</h2>{missing}<table class=narrow>{top}{lines}</table>"


def _links(files: Iterable[str]) -> str:
    return " · ".join(link(path, path.removeprefix("logs/")) for path in files)
