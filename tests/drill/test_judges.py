"""Every checker is shown a planted violation and must fail it; an empty history is unknown."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from synthetic import ENDED, HEALED, INJECTED, LOOKS, SITE, evidence

from holdfast.checks import budget
from holdfast.drill.evidence import Evidence, longest_gap, promised
from holdfast.drill.history import PENDING
from holdfast.drill.judge import Checker, checkers, judge
from holdfast.drill.judge.kept import lost
from holdfast.model.cloud import Promise
from holdfast.model.finding import Finding, Verdict, worst
from holdfast.model.op import Op, Outcome

CHECKERS = {c.rule: c for c in checkers()}


def verdict(rule: str, given: Evidence) -> Verdict:
    return worst(judge(given, (CHECKERS[rule],)))


def sent(kind: str, outcome: Outcome, start: float = 8.0, value: str = "7777 why", took: float = 0.01) -> Op:
    return Op(start, start + took, "clerk-0" if kind.startswith("d") else "publisher-0", kind, outcome, value)


def with_ops(*ops: Op, **changes: object) -> Evidence:
    made = evidence(**changes)
    return replace(made, ops=tuple(sorted((*made.ops, *ops), key=lambda op: op.end)))


ROWS: Any = evidence().kept["ledger"]
MESSAGES: Any = evidence().kept["messages"]


def keeping(given: Evidence | None = None, **kept: object) -> Evidence:
    """The run, with something else kept of a workload."""
    given = given or evidence()
    return replace(given, kept={**given.kept, **kept})


BACKEND = {"fault": "refuse-keystone", "host": "c1", "unit": "keystone.service"}
VIOLATIONS = {
    "a row lost on one node": (
        "kept",
        keeping(ledger={**ROWS, "c2": frozenset(list(ROWS["c2"])[1:])}),
    ),
    "a refused row that is there": (
        "kept",
        keeping(
            with_ops(sent("database.write", Outcome.FAIL)),
            ledger={h: r | {("clerk-0", 7777)} for h, r in ROWS.items()},
        ),
    ),
    "a message lost": ("kept", keeping(messages=MESSAGES[1:])),
    "a refused message that is there": (
        "kept",
        keeping(
            with_ops(sent("messaging.publish", Outcome.FAIL)),
            messages=(*MESSAGES, "publisher-0/7777"),
        ),
    ),
    "longer than promised": ("downtime", evidence(promises=(Promise("power-address", "identity", 0.5),))),
    "never well again": (
        "downtime",
        evidence(ops=tuple(op for op in evidence().ops if op.kind != "database.write" or op.end < INJECTED)),
    ),
    "two holders": (
        "address",
        evidence(looks=(Finding(Verdict.FAIL, "landmarks", "a", "on c1, c2 at once"),)),
    ),
    "no answer to clients": (
        "address",
        evidence(
            ops=tuple(
                replace(op, outcome=Outcome.FAIL) if op.kind == "address" and op.end > ENDED - 3 else op
                for op in evidence().ops
            )
        ),
    ),
    "members disagree": (
        "membership",
        evidence(looks=(*LOOKS, Finding(Verdict.FAIL, "membership", "bus", "the members do not agree"))),
    ),
    "a call that hung": ("pending", with_ops(sent("database.write", Outcome.UNKNOWN, took=9.0))),
    "a call that never ended": (
        "pending",
        with_ops(sent("database.write", Outcome.UNKNOWN, value=f"7777 {PENDING}")),
    ),
    "not whole again": ("redundancy", evidence(redundancy=None)),
    "a failure after it left the rotation": (
        "rotation",
        with_ops(
            Op(INJECTED + 4, INJECTED + 4.1, "issuer-0", "identity.issue", Outcome.FAIL, "503"), **BACKEND
        ),
    ),
    "a call that was under way when it left in order": (
        "rotation",
        with_ops(
            Op(INJECTED - 0.1, INJECTED + 0.1, "issuer-0", "identity.issue", Outcome.FAIL, "502"),
            **{**BACKEND, "fault": "restart-keystone"},
        ),
    ),
}


@pytest.mark.parametrize("name", VIOLATIONS)
def test_a_planted_violation_fails(name: str) -> None:
    rule, given = VIOLATIONS[name]
    assert verdict(rule, given) is Verdict.FAIL


def test_every_checker_has_a_planted_violation() -> None:
    assert {rule for rule, _ in VIOLATIONS.values()} == set(CHECKERS)


@pytest.mark.parametrize("rule", CHECKERS)
def test_a_good_run_passes(rule: str) -> None:
    given = evidence(**BACKEND) if rule == "rotation" else evidence()
    assert verdict(rule, given) is Verdict.PASS


@pytest.mark.parametrize("rule", CHECKERS)
def test_an_empty_run_is_unknown(rule: str) -> None:
    given = evidence(**BACKEND, ops=(), kept={}, looks=(), redundancy=None)
    assert verdict(rule, given) is Verdict.UNKNOWN


def test_every_failure_says_what_to_do() -> None:
    for rule, given in VIOLATIONS.values():
        bad = [f for f in judge(given, (CHECKERS[rule],)) if f.verdict is Verdict.FAIL]
        assert all(f.remedy or f in given.looks for f in bad)


def test_a_checker_that_crashes_or_says_nothing_is_unknown() -> None:
    def crash(_evidence: Evidence) -> tuple[Finding, ...]:
        raise ZeroDivisionError("planted")

    found = judge(evidence(), (Checker("crash", crash), Checker("silent", lambda _evidence: ())))
    assert [f.verdict for f in found] == [Verdict.UNKNOWN, Verdict.UNKNOWN]
    assert "planted" in found[0].detail


def test_an_open_row_that_is_there_is_recovered_not_unexpected() -> None:
    given = with_ops(sent("database.write", Outcome.UNKNOWN))
    given = keeping(given, ledger={h: r | {("clerk-0", 7777)} for h, r in ROWS.items()})
    (first, *_) = judge(given, (CHECKERS["kept"],))
    assert first.verdict is Verdict.PASS and "1 recovered" in first.detail


def test_a_node_that_could_not_be_read_is_unknown_and_so_is_the_count_of_the_lost() -> None:
    given = keeping(ledger={**ROWS, "c2": None})
    assert verdict("kept", given) is Verdict.UNKNOWN
    assert lost(given) is None
    assert lost(keeping(messages=None)) is None
    assert lost(evidence()) == 0
    assert lost(keeping(messages=MESSAGES[1:])) == 1


def test_the_rotation_is_no_question_for_other_faults() -> None:
    assert judge(evidence(), (CHECKERS["rotation"],)) == ()


class TestGap:
    """Downtime runs from success to success, by their ends; a hang is not hidden by a lack of errors."""

    def ok(self, *ends: float) -> tuple[Op, ...]:
        return tuple(Op(end - 0.01, end, "a", "k", Outcome.OK) for end in ends)

    def test_from_the_last_success_before_the_fault(self) -> None:
        gap = longest_gap(self.ok(1, 2, 5, 6), since=2.5, until=6.5)
        assert gap is not None and (gap.start, gap.end) == (2, 5)

    def test_to_the_end_of_the_window(self) -> None:
        gap = longest_gap(self.ok(1, 2), since=2.5, until=9)
        assert gap is not None and gap.seconds == 7

    def test_a_gap_before_the_fault_does_not_count(self) -> None:
        gap = longest_gap(self.ok(1, 5, 5.5, 6), since=5.2, until=6.1)
        assert gap is not None and gap.seconds == 0.5

    def test_no_operation_is_no_gap(self) -> None:
        assert longest_gap((), since=1, until=2) is None

    def test_only_failures_last_as_long_as_the_run(self) -> None:
        failed = (Op(0.5, 0.6, "a", "k", Outcome.FAIL),)
        gap = longest_gap(failed, since=2, until=9)
        assert gap is not None and gap.seconds == 8.5


@pytest.mark.parametrize(
    ("promise", "prediction", "wanted", "said"),
    [
        (2.0, 9.0, Verdict.PASS, "promised 2 s"),
        (2.01, 9.0, Verdict.PASS, "promised 2.01 s"),
        (1.99, 9.0, Verdict.FAIL, "promised 1.99 s"),
        (None, 2.0, Verdict.PASS, "predicted at worst 2 s"),
        (None, 1.99, Verdict.FAIL, "predicted at worst 1.99 s"),
        (3.0, 1.99, Verdict.FAIL, "promised 3 s, predicted at worst 1.99 s"),
        (None, None, Verdict.FAIL, "predicted at worst 1 s"),
    ],
)
def test_downtime_is_judged_to_the_very_second_that_was_promised_or_predicted(
    promise: float | None,
    prediction: float | None,
    wanted: Verdict,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Two seconds without a success; where no mechanism predicts a stop there must be none."""
    costs = None if prediction is None else (0.1, prediction)
    monkeypatch.setattr(budget, "predict", lambda _site, _fault, _kind: costs)
    promises = () if promise is None else (Promise("power-address", "k", promise),)
    (finding,) = judge(two_seconds(promises=promises), (CHECKERS["downtime"],))
    assert finding.verdict is wanted
    assert finding.detail.startswith("2.00 s without a success") and said in finding.detail


def test_the_clients_own_pace_is_not_held_against_a_prediction(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "predict", lambda _site, _fault, _kind: (0.1, 1.75))
    paced = tuple(Op(end - 0.1, end, "a", "k", Outcome.OK) for end in (3.5, 3.75, 4.0, 6.0, 7.0))
    (finding,) = judge(replace(two_seconds(promises=()), ops=paced), (CHECKERS["downtime"],))
    assert finding.verdict is Verdict.PASS and finding.detail.endswith("1.75 s beside a pace of 0.25 s")
    monkeypatch.setattr(budget, "predict", lambda _site, _fault, _kind: (0.1, 1.74))
    (finding,) = judge(replace(two_seconds(promises=()), ops=paced), (CHECKERS["downtime"],))
    assert finding.verdict is Verdict.FAIL


def two_seconds(**changes: object) -> Evidence:
    """A run with one class, which had no success for two seconds."""
    ops = tuple(Op(end - 0.25, end, "a", "k", Outcome.OK) for end in (4.0, 6.0, 7.0))
    return evidence(ops=ops, deadlines={"k": 1.0}, injected=4.5, healed=5.0, ended=7.0, **changes)


def test_what_several_hosts_cost_is_unknown_where_nobody_promised_it() -> None:
    target = replace(evidence().target, hosts=("c1", "c2"))
    (finding,) = judge(two_seconds(target=target, promises=()), (CHECKERS["downtime"],))
    assert finding.verdict is Verdict.UNKNOWN
    assert finding.detail.endswith("neither promised nor predicted") and finding.remedy


def test_a_promise_for_a_class_holds_for_each_of_its_kinds() -> None:
    promises = (Promise("f", "identity", 1.5), Promise("f", "ident", 9.0))
    given = evidence("f", promises=promises)
    assert promised(given, "identity.issue") == 1.5
    assert promised(evidence("g", promises=promises), "identity.issue") is None


def test_a_promise_for_a_family_holds_for_each_of_its_faults() -> None:
    promises = (Promise("power", "messaging", 3.0), Promise("power-host", "messaging", 2.0))
    assert promised(evidence("power-writer", promises=promises), "messaging.publish") == 3.0
    assert promised(evidence("power-host", promises=promises), "messaging.publish") == 2.0
    assert promised(evidence("powerless", promises=promises), "messaging.publish") is None


def test_the_cloud_files_promise_goes_before_the_components() -> None:
    cloud = replace(SITE.cloud, promises=(Promise("power-address", "address", 0.1),))
    found = {(p.fault, p.kind): p.seconds for p in budget.promises_of(replace(SITE, cloud=cloud))}
    assert found["power-address", "address"] == 0.1
    assert found["power-writer", "database"] == 1.5


def test_healed_later_than_injected() -> None:
    assert INJECTED < HEALED < ENDED
