"""Promised, predicted and measured side by side, and what took longer than predicted."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from holdfast.drill.pages.markup import sign
from holdfast.drill.result import DrillResult, Measure
from holdfast.model.finding import Verdict

HEAD = (
    "<tr><th>operation</th><th class=n>promised</th><th class=n>predicted<br>typical, worst</th>"
    "<th class=n>measured{measured}</th><th>promise</th><th class=n>over the<br>prediction</th></tr>"
)
COLUMNS = 6


def head(repeats: int) -> str:
    """The table's head: what stands under `measured` depends on how many repeats there are."""
    return HEAD.format(measured="<br>median, worst" if repeats > 1 else "")


def rows(result: DrillResult) -> str:
    """A row for each kind of operation: broken promises first, then what is over the prediction."""
    return "".join(_row(m) for m in sorted(result.measures, key=_gravity))


def kept(measure: Measure) -> Verdict | None:
    """Was the promise kept in every repeat? None where nothing was promised."""
    if measure.promised is None:
        return None
    if measure.worst is None:
        return Verdict.UNKNOWN
    return Verdict.PASS if measure.worst <= measure.promised else Verdict.FAIL


def over_line(results: Sequence[DrillResult]) -> str:
    """One line on what took longer than predicted at worst."""
    measures = [(f"{r.fault}: " if len(results) > 1 else "", m) for r in results for m in r.measures]
    late = [f"{escape(fault + m.kind)} by {seconds(m.over)}" for fault, m in measures if m.over]
    unseen = [escape(fault + m.kind) for fault, m in measures if m.over is None]
    more = f" Not seen or not predicted: {', '.join(unseen)}." if unseen else ""
    grave = ' class="fail"' if late else ""
    note = ", beside the pause that clients leave between two calls" if late else ""
    return f"<p><b{grave}>Over the prediction:</b> {'; '.join(late) or 'nothing'}{note}.{more}</p>"


def costs(result: DrillResult) -> str:
    """What was lost, and how long full redundancy took."""
    lost = "not known" if result.lost is None else str(result.lost)
    late = None in result.redundancy
    back = "not whole again in time" if late else f"whole again after {max(map(float, _known(result))):.1f} s"
    return f"acknowledged writes lost: {lost}; {back}"


def seconds(value: float | None) -> str:
    """Seconds as the tables show them: a dash where there are none."""
    return "–" if value is None else f"{value:.2f} s"


def _known(result: DrillResult) -> list[float]:
    return [each for each in result.redundancy if each is not None] or [0.0]


def _gravity(measure: Measure) -> tuple[bool, bool, bool]:
    return kept(measure) is not Verdict.FAIL, not measure.over, measure.promised is None


def _row(measure: Measure) -> str:
    predicted = "–" if measure.predicted is None else ", ".join(f"{s:.2f}" for s in measure.predicted) + " s"
    verdict = kept(measure)
    felt = seconds(measure.worst)
    if len(measure.measured) > 1:
        felt = f"{seconds(measure.median)}, {felt}"
    over = f'<span class="sign fail">✖ {seconds(measure.over)}</span>' if measure.over else "–"
    return (
        f"<tr><td>{escape(measure.kind)}</td><td class=n>{seconds(measure.promised)}</td>"
        f"<td class=n>{predicted}</td><td class=n>{felt}</td>"
        f"<td>{sign(verdict) if verdict is not None else '–'}</td><td class=n>{over}</td></tr>"
    )
