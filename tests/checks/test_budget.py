"""The timing budget: phases add up, legs within a phase overlap, and longer timers never make it shorter."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.checks import Design, apply_rule
from holdfast.checks.budget import budgets, find_budget, predict, promised, promises_of
from holdfast.checks.promises_in_budget import RULE
from holdfast.checks.sample import changed, design
from holdfast.model.cloud import Promise, Timers
from holdfast.model.component import Component
from holdfast.model.failover import Mechanism, Phase
from holdfast.model.finding import Verdict
from holdfast.model.timer import Timer

SITE = design().site
NAMES = sorted(t.name for c in SITE.catalogue for t in c.timers)


FAULT = "power-address"


def leg(phase: Phase, typical: float, worst: float) -> Mechanism:
    """Felt by whoever comes through the address when its holder loses power."""
    return Mechanism(
        phase,
        "water",
        ("pump",),
        lambda strike, hop: strike.fault == FAULT and "address" in hop.kinds,
        lambda t: typical,
        lambda t: worst * t("pump"),
    )


def flooded(*legs: Mechanism, promises: tuple[Promise, ...] = (), own: tuple[Promise, ...] = ()) -> Design:
    """Only these mechanisms and promises are in the catalogue; `own` are the cloud file's."""

    def change(component: Component) -> Component:
        if "address" not in component.kinds:
            return replace(component, mechanisms=(), promises=())
        timers = (*component.timers, Timer("pump", 2.0, 1.0, "it turns"))
        return replace(component, mechanisms=legs, promises=promises, timers=timers)

    made = changed(design(), change)
    cloud = replace(made.site.cloud, promises=own)
    return replace(made, site=replace(made.site, cloud=cloud))


def test_phases_add_up_and_legs_in_one_overlap() -> None:
    legs = (leg(Phase.MOVE, 0.5, 1.0), leg(Phase.DETECT, 2.0, 3.0), leg(Phase.DETECT, 1.0, 4.0))
    budget = find_budget(flooded(*legs).site, FAULT, "address")
    assert budget is not None
    assert (budget.typical, budget.worst) == (2.5, 5.0)
    assert [t.phase for t in budget.legs] == [Phase.DETECT, Phase.DETECT, Phase.MOVE]
    assert budget.cause.worst == 4.0
    assert budget.legs[0].timers == (("pump", 1.0, "s"),)
    assert budget.promised is None


def test_the_cloud_files_switch_counts() -> None:
    made = flooded(leg(Phase.MOVE, 0.5, 1.0)).site
    stock = replace(made, cloud=replace(made.cloud, timers=Timers.STOCK))
    assert predict(made, FAULT, "address") == (0.5, 1.0)
    assert predict(stock, FAULT, "address") == (0.5, 2.0)


def test_a_kind_belongs_to_its_class() -> None:
    made = flooded(leg(Phase.MOVE, 0.5, 1.0), promises=(Promise(FAULT, "address", 3.0),)).site
    assert predict(made, FAULT, "address.ping") == (0.5, 1.0)
    assert promised(promises_of(made), FAULT, "address.ping") == 3.0
    assert predict(made, FAULT, "addressing") is None
    assert promised(promises_of(made), FAULT, "addressing") is None
    assert predict(made, "drought", "address") is None


def test_the_cloud_files_promises_come_first() -> None:
    theirs = (Promise(FAULT, "address", 3.0), Promise(FAULT, "database", 4.0))
    ours = (Promise(FAULT, "address", 1.0), Promise(FAULT, "address.ping", 0.5))
    made = flooded(leg(Phase.MOVE, 0.5, 1.0), promises=theirs, own=ours).site
    assert len(promises_of(made)) == 3
    assert promised(promises_of(made), FAULT, "address") == 1.0
    assert promised(promises_of(made), FAULT, "address.ping") == 0.5
    assert promised(promises_of(made), FAULT, "address.call") == 1.0
    assert promised(promises_of(made), FAULT, "database") == 4.0
    assert find_budget(made, FAULT, "address").promised == 1.0  # type: ignore[union-attr]


def test_promises_are_held_against_the_worst() -> None:
    legs = (leg(Phase.DETECT, 0.1, 0.2), leg(Phase.MOVE, 0.1, 0.1))
    kept, unsure, broken = (0.3, Verdict.PASS), (0.299, Verdict.UNKNOWN), (0.199, Verdict.FAIL)
    for seconds, verdict in (kept, unsure, broken):
        (finding,) = apply_rule(RULE, flooded(*legs, promises=(Promise(FAULT, "address", seconds),)))
        assert finding.verdict is verdict
    assert "pump = 1 s" in finding.detail
    (unknown,) = apply_rule(RULE, flooded(promises=(Promise(FAULT, "address", 1.0),)))
    assert unknown.verdict is Verdict.UNKNOWN
    assert unknown.subject == f"{FAULT} address"


@pytest.mark.parametrize("timers", list(Timers))
def test_typical_is_within_worst(timers: Timers) -> None:
    for budget in budgets(design(timers=timers).site):
        assert 0 <= budget.typical <= budget.worst, budget
        for each in budget.legs:
            assert 0 <= each.typical <= each.worst, each


def test_tuned_is_never_slower_than_stock() -> None:
    for stock in budgets(design(timers=Timers.STOCK).site):
        tuned = find_budget(SITE, stock.fault, stock.kind)
        assert tuned is not None and tuned.worst <= stock.worst


@settings(max_examples=60, deadline=None)
@given(factors=st.dictionaries(st.sampled_from(NAMES), st.floats(1, 50), max_size=6))
def test_budgets_are_monotone_in_timers(factors: dict[str, float]) -> None:
    def longer(component: Component) -> Component:
        timers = (replace(t, tuned=t.tuned * factors.get(t.name, 1.0)) for t in component.timers)
        return replace(component, timers=tuple(timers))

    slower = changed(Design(SITE, design().now), longer).site
    for before, after in zip(budgets(SITE), budgets(slower), strict=True):
        assert (before.fault, before.kind) == (after.fault, after.kind)
        assert after.typical >= before.typical - 1e-9
        assert after.worst >= before.worst - 1e-9
