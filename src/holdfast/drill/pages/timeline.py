"""The picture of a run as data for plotly.js: what hosts said, a lane for each kind of operation; pure."""

from __future__ import annotations

from html import escape
from typing import Any

from holdfast.drill.evidence import Evidence, Gap, longest_gap, of_kind, stalled
from holdfast.drill.pages.storyline import Line, storyline
from holdfast.model.op import Op, Outcome

INK, FAINT, LANE = "#1f2933", "#7f9db9", "#f3f6f9"
RED, AMBER, VIOLET, GREEN = "#b3261e", "#9a5b00", "#6b3fa0", "#1b6e3c"
HALF = 0.36
SHOWN = 0.15
LANE_HEIGHT = 80
"""Pixels."""
STEP = 0.25
"""Of a lane: the height of a line of words."""
NEAR = 0.015
"""Of the picture's width: what a host says within it is one line."""

# Each sort of operation has a shape of its own: the picture must read without colours.
SORTS = {
    "ok": {"symbol": "line-ns-open", "size": 8, "color": FAINT, "line": {"width": 1, "color": FAINT}},
    "failed": {"symbol": "x", "size": 9, "color": RED},
    "outcome unknown": {"symbol": "triangle-down-open", "size": 10, "color": VIOLET, "line": {"width": 2}},
    "stalled": {"symbol": "square", "size": 8, "color": AMBER},
}


def sort_of(op: Op, evidence: Evidence) -> str:
    """How an operation is drawn: a stall is a stall however it ended."""
    if stalled(op, evidence.deadlines):
        return "stalled"
    return {Outcome.OK: "ok", Outcome.FAIL: "failed", Outcome.UNKNOWN: "outcome unknown"}[op.outcome]


def figure(evidence: Evidence, since: float, until: float, title: str) -> dict[str, Any]:
    """Traces and layout for plotly.js; `since` and `until` are seconds from the fault."""
    kinds = list(evidence.deadlines)[::-1]
    gaps = {k: longest_gap(of_kind(evidence.ops, k), evidence.injected, evidence.ended) for k in kinds}
    shown = [op for op in evidence.ops if since - 6 <= op.end - evidence.injected <= until + 1]
    lines = storyline(evidence, since, until, NEAR * (until - since))
    top = len(kinds) - 0.4 + STEP * len(lines)
    shapes, notes = _marks(evidence, top)
    for lane, kind in enumerate(kinds):
        gap = gaps[kind]
        if gap is not None and gap.seconds > SHOWN:
            shapes.append(_shade(lane, gap, evidence.injected))
            notes.append(_length(lane, gap, evidence.injected, until))
    layout = _layout(kinds, top, (since, until), title)
    notes += [_said(line, at, (since + until) / 2) for line, at in zip(lines, _rows(lines, top), strict=True)]
    return {
        "data": [*_traces(evidence, kinds, shown), _story(lines, top)],
        "layout": {**layout, "shapes": [*_lanes(len(kinds)), *shapes], "annotations": notes},
    }


def close_up(evidence: Evidence) -> tuple[float, float]:
    """The part of the run where something happens: from just before the fault to after the last gap."""
    gaps = (
        longest_gap(of_kind(evidence.ops, k), evidence.injected, evidence.ended) for k in evidence.deadlines
    )
    ends = [g.end - evidence.injected for g in gaps if g is not None and g.start < evidence.healed]
    return -1.0, min(max([*ends, 2.0]) + 1.0, evidence.ended - evidence.injected)


def _traces(evidence: Evidence, kinds: list[str], ops: list[Op]) -> list[dict[str, Any]]:
    places = _places(kinds, ops)
    traces = []
    for sort, marker in SORTS.items():
        chosen = [op for op in ops if sort_of(op, evidence) == sort]
        base = {"type": "scatter", "name": sort, "legendgroup": sort, "showlegend": True}
        if sort == "stalled":
            traces.append({**base, **_bars(evidence, chosen, places), "marker": marker})
            continue
        traces.append(
            {
                **base,
                "mode": "markers",
                "marker": marker,
                "x": [round(op.end - evidence.injected, 3) for op in chosen],
                "y": [places[op.kind, op.actor] for op in chosen],
                "text": [_words(op) if sort != "ok" else f"{op.end - op.start:.3f} s" for op in chosen],
                "hovertemplate": "%{x:.3f} s: %{text}<extra></extra>",
            }
        )
    return traces


def _rows(lines: tuple[Line, ...], top: float) -> list[float]:
    """How high each line stands: from the top down."""
    return [round(top - STEP * (n + 0.5), 3) for n in range(len(lines))]


def _story(lines: tuple[Line, ...], top: float) -> dict[str, Any]:
    """A mark for each line of what hosts said."""
    return {
        "type": "scatter",
        "name": "said by hosts",
        "mode": "markers",
        "marker": {"symbol": "diamond", "size": 8, "color": INK},
        "x": [round(line.seconds, 3) for line in lines],
        "y": _rows(lines, top),
        "text": [f"{line.who}: {'<br>'.join(map(escape, line.texts))}" for line in lines],
        "hovertemplate": "%{x:.3f} s: %{text}<extra></extra>",
    }


def _said(line: Line, at: float, middle: float) -> dict[str, Any]:
    """A line's words beside its mark, on the side where there is room."""
    right = line.seconds < middle
    return {
        "x": round(line.seconds, 3),
        "y": at,
        "text": escape(line.words),
        "showarrow": False,
        "xanchor": "left" if right else "right",
        "xshift": 5 if right else -5,
        "font": {"size": 11, "color": INK},
        "bgcolor": "rgba(255,255,255,0.85)",
        "borderpad": 0,
    }


def _bars(evidence: Evidence, ops: list[Op], places: dict[tuple[str, str], float]) -> dict[str, Any]:
    """A stalled call as a bar from its start to its end: None parts one from the next."""
    xs: list[float | None] = []
    ys: list[float | None] = []
    texts: list[str | None] = []
    for op in ops:
        place = places[op.kind, op.actor]
        xs += [round(op.start - evidence.injected, 3), round(op.end - evidence.injected, 3), None]
        ys += [place, place, None]
        texts += [_words(op)] * 2 + [None]
    hover = "%{x:.3f} s: %{text}<extra></extra>"
    line = {"color": AMBER, "width": 3}
    return {"mode": "lines+markers", "x": xs, "y": ys, "text": texts, "line": line, "hovertemplate": hover}


def _words(op: Op) -> str:
    return f"{op.actor}, {op.outcome.value} after {op.end - op.start:.2f} s {op.value}"


def _places(kinds: list[str], ops: list[Op]) -> dict[tuple[str, str], float]:
    """Each actor has a line of its own within its kind's lane."""
    places = {}
    for lane, kind in enumerate(kinds):
        actors = sorted({op.actor for op in ops if op.kind == kind})
        for i, actor in enumerate(actors):
            step = 0.0 if len(actors) == 1 else (i / (len(actors) - 1) - 0.5) * 1.5 * HALF
            places[kind, actor] = round(lane + step, 3)
    return places


def _lanes(count: int) -> list[dict[str, Any]]:
    return [
        {
            "type": "rect",
            "layer": "below",
            "xref": "paper",
            "x0": 0,
            "x1": 1,
            "y0": lane - HALF - 0.08,
            "y1": lane + HALF + 0.08,
            "fillcolor": LANE,
            "line": {"width": 0},
        }
        for lane in range(count)
    ]


def _shade(lane: int, gap: Gap, zero: float) -> dict[str, Any]:
    return {
        "type": "rect",
        "layer": "below",
        "x0": gap.start - zero,
        "x1": gap.end - zero,
        "y0": lane - HALF - 0.08,
        "y1": lane + HALF + 0.08,
        "fillcolor": "rgba(179,38,30,0.13)",
        "line": {"color": RED, "width": 1, "dash": "dot"},
    }


def _length(lane: int, gap: Gap, zero: float, until: float) -> dict[str, Any]:
    """The gap's seconds beside its upper right corner, inside its own lane."""
    end = gap.end - zero
    return {
        "x": min(end, until),
        "y": lane + HALF - 0.06,
        "text": f"<b>{gap.seconds:.2f} s</b>",
        "showarrow": False,
        "xanchor": "left" if end < until else "right",
        "xshift": 3 if end < until else -3,
        "font": {"color": RED, "size": 13},
        "bgcolor": "rgba(255,255,255,0.9)",
        "borderpad": 1,
    }


def _marks(evidence: Evidence, top: float) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Fault and healing as lines across everything, named above it."""
    shapes, notes = [], []
    healed = evidence.healed - evidence.injected
    for x, text, colour, dash in (
        (0.0, "▼ fault", RED, "solid"),
        (healed, "▲ healed", GREEN, "dash"),
    ):
        shapes.append(
            {
                "type": "line",
                "x0": x,
                "x1": x,
                "y0": -0.5,
                "y1": top,
                "line": {"color": colour, "width": 2, "dash": dash},
            }
        )
        notes.append(
            {
                "x": x,
                "y": top + 0.02,
                "text": text,
                "showarrow": False,
                "xanchor": "left" if x == 0.0 else "center",
                "yanchor": "bottom",
                "font": {"color": colour, "size": 13},
            }
        )
    return shapes, notes


def _layout(kinds: list[str], top: float, span: tuple[float, float], title: str) -> dict[str, Any]:
    return {
        "title": {"text": title, "x": 0, "xref": "paper", "font": {"size": 15, "color": INK}},
        "height": round(122 + LANE_HEIGHT * (top + 0.5)),
        "margin": {"l": 150, "r": 20, "t": 62, "b": 84},
        "plot_bgcolor": "white",
        "paper_bgcolor": "white",
        "font": {"family": "system-ui, sans-serif", "color": INK, "size": 13},
        "hovermode": "closest",
        "legend": {"orientation": "h", "y": -0.62 / (top + 0.85), "x": 0, "itemsizing": "constant"},
        "xaxis": {
            "range": list(span),
            "title": {"text": "seconds from the fault", "standoff": 6},
            "zeroline": False,
            "gridcolor": "#e2e8ee",
            "ticks": "outside",
        },
        "yaxis": {
            "range": [-0.55, top + 0.3],
            "tickvals": list(range(len(kinds))),
            "ticktext": kinds,
            "showgrid": False,
            "zeroline": False,
            "fixedrange": True,
            "ticks": "outside",
            "tickcolor": "white",
        },
    }
