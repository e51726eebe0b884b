"""The pages: what they show, that they stand alone, and that no text of a run can break them."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from synthetic import CIRCUMSTANCES, GAPS, HAPPENINGS, INJECTED, SITE, evidence

from holdfast.drill.evidence import Journey
from holdfast.drill.judge import judge
from holdfast.drill.pages.index import Listed, index_page
from holdfast.drill.pages.measures import kept
from holdfast.drill.pages.run import SCRIPT, run_page
from holdfast.drill.pages.storyline import LONGEST, agreed, storyline
from holdfast.drill.pages.summary import summary_page
from holdfast.drill.pages.timeline import SORTS, close_up, figure
from holdfast.drill.result import Measure, Run, summarise
from holdfast.model.diary import Happening
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
    assert measure["database.write"].promised == 1.6
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


FILES = ("logs/c1.log", "history.jsonl")


def shown(made: Run) -> str:
    return run_page(made, summarise("power-address", (made,), predict), FILES)


def test_the_page_tells_the_whole_story() -> None:
    page = shown(run(redundancy=None))
    for text in (
        "power-address",
        "acknowledged",
        "promised",
        "predicted",
        "not whole again",
        "✖ fail",
    ):
        assert text in page, text


def test_a_page_names_under_what_it_was_made() -> None:
    page = shown(run())
    for text in (
        "2026-11-21 19:38:42 UTC",
        "Holdfast 0.1.0",
        "tuned timers",
        "A 68000, 2 cores, 23.5 GiB, Linux 6.18",
        "<dt>c1, c3</dt><dd>A 68020, 8 cores, 64 GiB, Linux 6.12</dd>",
        f"address.advert = {SITE.timer('address.advert'):g} s",
        "the address's holder: <b>c2 → c1</b>".replace("'", "&#x27;"),
        "the database's writer: c3, as before".replace("'", "&#x27;"),
        '<a href="logs/c1.log">c1.log</a>',
    ):
        assert text in page, text


def test_a_host_whose_log_could_not_be_read_is_named() -> None:
    assert "<b>No log could be read of:</b> c2." in shown(run())
    everybody = dict.fromkeys(("c1", "c2", "c3"), CIRCUMSTANCES.clients)
    made = replace(run(), circumstances=replace(CIRCUMSTANCES, hosts=everybody))
    assert "No log could be read" not in shown(made)


def test_pages_load_nothing_but_the_script_of_their_own_drill() -> None:
    page = shown(run())
    assert re.findall(r"<(?:script|link|img|iframe)[^>]*(?:src|href)=([^ >]*)", page) == [f'"../{SCRIPT}"']
    assert len(page) < 500_000
    pages = summary_page("test", (summarise("power-address", (run(),), predict),)), index_page("test", ())
    assert not any("src=" in page for page in pages)


def test_failures_come_first() -> None:
    page = shown(run(redundancy=None))
    order = [page.index(text) for text in ("Not passed: ", "Over the prediction", "promised", "What clients")]
    assert order == sorted(order)
    assert page.index("Passed: ") > page.index("What hosts said")
    assert "Not passed" not in shown(run())


def test_what_is_over_the_prediction_has_a_line_of_its_own() -> None:
    assert "<b>Over the prediction:</b> nothing." in shown(run())
    late = tuple(op for op in evidence().ops if not (INJECTED < op.end < INJECTED + 4))
    assert re.search(r"Over the prediction:</b> .*identity\.issue by 2\.\d\d s", shown(run(ops=late)))


def test_a_text_from_a_run_cannot_break_the_page() -> None:
    nasty = Op(INJECTED + 1, INJECTED + 1.1, "a", "address", Outcome.FAIL, "</script><b>oops")
    said = Happening(INJECTED + 1, "c1", "", "</script><b>oops")
    made = evidence(ops=(*evidence().ops, nasty), happenings=(said,))
    finding = Finding(Verdict.FAIL, "rule", "<subject>", "<img>", "<remedy>")
    page = shown(Run(made, (finding,), "f", CIRCUMSTANCES))
    assert "</script><b>" not in page
    assert "<img>" not in page and "&lt;img&gt;" in page


def test_what_hosts_say_together_is_one_line_in_words() -> None:
    lines = [(round(line.seconds, 2), line.words) for line in storyline(evidence(), -1.0, 3.0, 0.05)]
    assert lines == [
        (0.24, "c1: takes the address"),
        (0.85, "c1, c3: takes c2 out of database"),
        (1.31, "c1: member c2 left"),
    ]
    (together,) = storyline(evidence(), 0.0, 0.9, 1.0)[:1]
    assert together.texts == ("takes the address",), "c1 alone and c1 with c3 are not the same"
    assert len(agreed(evidence())) == len(HAPPENINGS) - 1


def test_many_words_at_one_time_are_cut_to_what_fits() -> None:
    crowd = tuple(Happening(INJECTED + n / 100, "c1", "", f"unit-{n} started") for n in range(20))
    (line,) = storyline(evidence(happenings=crowd), -1.0, 3.0, 0.5)
    assert line.words == "c1: unit-0 started, unit-1 started, unit-2 started + 17 more"
    assert len(line.words) <= LONGEST + len(" + 17 more")


def test_what_all_hosts_say_is_said_by_all() -> None:
    everybody = tuple(Happening(INJECTED + n / 10, f"c{n}", "", "sees 3 members") for n in (1, 2, 3))
    (line,) = agreed(evidence(happenings=everybody))
    assert line.words == "all hosts: sees 3 members"


def test_the_writer_is_named_where_it_leaves_the_rotation() -> None:
    """Once: what its own balancer says after its start is nothing new, and other hosts are none of it."""
    out = tuple(
        Happening(INJECTED + at, "c1", "", f"takes {who} out of database", who, "database")
        for at, who in ((-1.0, "c3"), (0.5, "c2"), (0.8, "c3"), (9.0, "c3"))
    )
    moved = (Journey("writer", "the database's writer", ("c3",), ("c1",)),)
    told = [line.texts[0] for line in agreed(evidence(happenings=out, whereabouts=moved))]
    assert [text.endswith("(writer)") for text in told] == [False, False, True, False]
    stayed = (Journey("writer", "the database's writer", ("c3",), ("c3",)),)
    told = [line.texts[0] for line in agreed(evidence(happenings=out, whereabouts=stayed))]
    assert not any("writer" in text for text in told)


def test_every_sort_of_operation_has_a_shape_of_its_own() -> None:
    assert len({marker["symbol"] for marker in SORTS.values()} | {"diamond"}) == len(SORTS) + 1


def test_the_picture_marks_fault_healing_and_gaps() -> None:
    made = evidence()
    since, until = close_up(made)
    drawn = figure(made, since, until, "t")
    json.dumps(drawn)
    texts = " ".join(note["text"] for note in drawn["layout"]["annotations"])
    assert "▼ fault" in texts and "▲ healed" in texts and "0.68 s" in texts
    assert "c1: takes the address" in texts, "what hosts say stands in the picture in words"
    said = next(trace for trace in drawn["data"] if trace["name"] == "said by hosts")
    assert said["x"] == pytest.approx([0.24, 0.85, 1.31]) and said["y"] == sorted(said["y"], reverse=True)
    assert since < 0 < until < 6
    stalls = next(trace for trace in drawn["data"] if trace["name"] == "stalled")
    assert len(stalls["x"]) >= 9


def test_the_summary_links_each_run() -> None:
    page = summary_page("test", (summarise("power-address", (run(),), predict),))
    assert 'href="power-address%40c2-1/report.html"' in page
    assert "Every finding passed" in page


def test_an_empty_run_can_be_shown() -> None:
    made = evidence(ops=())
    assert figure(made, *close_up(made), "t")["data"]


def test_the_summary_has_the_fault_that_failed_first() -> None:
    results = (
        summarise("kill-keystone", (run(),), predict),
        summarise("power-address", (run(redundancy=None),), predict),
    )
    page = summary_page("test", results)
    assert page.index("<b>power-address</b>") < page.index("<b>kill-keystone</b>")
    assert page.index("Not passed: 1") < page.index("<h2>Measured")


def test_the_index_has_every_drill_the_latest_first() -> None:
    page = index_page(
        "test",
        (
            Listed("20261120-1", paged=False),
            Listed("20261121-1", "21st", "0.1.0", Verdict.FAIL, ("f@c1",), ("address",)),
            Listed("20261122-1"),
        ),
    )
    assert page.index("20261122-1/report.html") < page.index("20261121-1/report.html")
    assert "20261120-1/report.html" not in page and "ended without a result" in page
    assert "✖ fail" in page and "f@c1" in page and "0.1.0" in page
