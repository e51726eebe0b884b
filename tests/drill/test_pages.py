"""The pages: what they show, that they stand alone, and that no text of a run can break them."""

from __future__ import annotations

import json
import re
from typing import Any

from synthetic import CIRCUMSTANCES, GAPS, HAPPENINGS, INJECTED, evidence

from holdfast.drill.judge import judge
from holdfast.drill.report import kept, run_page, summary_page
from holdfast.drill.result import Measure, Run, summarise
from holdfast.drill.timeline import SORTS, close_up, figure
from holdfast.model.finding import Finding, Verdict
from holdfast.model.op import Op, Outcome


def run(**changes: object) -> Run:
    made = evidence(**changes)
    return Run(made, judge(made), "power-address@c2-1", CIRCUMSTANCES)


def predict(_fault: str, kind: str) -> tuple[float, float] | None:
    return {"database.write": (1.45, 1.9)}.get(kind)


def test_the_result_has_promise_prediction_and_measure_of_each_kind() -> None:
    result = summarise("power-address", (run(), run(redundancy=None)), predict)
    measure = {m.kind: m for m in result.measures}
    assert measure["database.write"].promised == 2.0
    assert measure["database.write"].predicted == (1.45, 1.9)
    assert measure["address"].predicted is None
    for kind, gap in GAPS.items():
        found = measure[kind].median
        assert found is not None and gap - 0.05 < found < gap + 0.35, kind
    assert result.redundancy == (17.2, None)
    assert result.lost == 0


def test_the_result_has_what_the_hosts_told_in_each_repeat() -> None:
    result = summarise("power-address", (run(), run(happenings=())), predict)
    assert result.happenings == (HAPPENINGS, ())
    assert result.circumstances == CIRCUMSTANCES


def test_what_is_over_the_prediction_is_told_beside_the_promise() -> None:
    """1.1 s of stopped tokens are within the prediction; three times as long are over it."""
    assert {m.over for m in summarise("power-address", (run(),), predict).measures} == {0.0}
    late = tuple(op for op in evidence().ops if not (INJECTED < op.end < INJECTED + 4))
    over = {m.kind: m.over for m in summarise("power-address", (run(), run(ops=late)), predict).measures}
    assert all(over.values())
    assert 2.0 < (over["identity.issue"] or 0.0) < 3.0
    (unseen,) = {m.over for m in summarise("power-address", (run(ops=()),), predict).measures}
    assert unseen is None


def test_lost_writes_are_counted_over_all_repeats() -> None:
    kept_of = evidence().kept

    def without(count: int | None) -> Run:
        messages: Any = kept_of["messages"]
        return run(kept={**kept_of, "messages": None if count is None else messages[count:]})

    assert summarise("f", (without(2), without(1)), predict).lost == 3
    assert summarise("f", (without(None),), predict).lost is None


def test_median_and_worst_need_every_repeat() -> None:
    assert Measure("k", 1.0, None, (0.1, 0.5, 0.2)).median == 0.2
    assert Measure("k", 1.0, None, (0.1, 0.5, 0.2)).worst == 0.5
    assert Measure("k", 1.0, None, (0.1, None)).worst is None
    assert kept(Measure("k", 1.0, None, (0.1, None))) is Verdict.UNKNOWN
    assert kept(Measure("k", 1.0, None, (0.1, 1.1))) is Verdict.FAIL
    assert kept(Measure("k", None, None, (9.0,))) is None


def test_the_page_stands_alone_and_tells_the_whole_story() -> None:
    made = run(redundancy=None)
    page = run_page(made, summarise("power-address", (made,), predict))
    assert not re.search(r"<(?:script|link|img|iframe)[^>]*(?:src|href)=", page)
    for text in ("power-address", "acknowledged", "promised", "predicted", "not in time", "✖ fail", "healed"):
        assert text in page, text


def test_a_text_from_a_run_cannot_break_the_page() -> None:
    nasty = Op(INJECTED + 1, INJECTED + 1.1, "a", "address", Outcome.FAIL, "</script><b>oops")
    made = evidence(ops=(*evidence().ops, nasty))
    finding = Finding(Verdict.FAIL, "rule", "<subject>", "<img>", "<remedy>")
    page = run_page(
        Run(made, (finding,), "f", CIRCUMSTANCES),
        summarise("f", (Run(made, (finding,), "f", CIRCUMSTANCES),), predict),
    )
    assert "</script><b>" not in page
    assert "<img>" not in page and "&lt;img&gt;" in page


def test_every_sort_of_operation_has_a_shape_of_its_own() -> None:
    assert len({marker["symbol"] for marker in SORTS.values()}) == len(SORTS)


def test_the_picture_marks_fault_healing_and_gaps() -> None:
    made = evidence()
    since, until = close_up(made)
    drawn = figure(made, since, until, "t")
    json.dumps(drawn)
    texts = " ".join(note["text"] for note in drawn["layout"]["annotations"])
    assert "power-address on c2" in texts and "healed" in texts and "0.68 s" in texts
    assert since < 0 < until < 6
    stalls = next(trace for trace in drawn["data"] if trace["name"] == "stalled")
    assert len(stalls["x"]) >= 9


def test_the_summary_links_each_run() -> None:
    page = summary_page((summarise("power-address", (run(),), predict),))
    assert 'href="power-address@c2-1/report.html"' in page
    assert "Every finding passed" in page


def test_an_empty_run_can_be_shown() -> None:
    made = evidence(ops=())
    assert figure(made, *close_up(made), "t")["data"]
