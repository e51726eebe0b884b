"""Every tuned timer reaches a generated file: one that changes nothing is a promise that nobody keeps."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from clouds import files_of, sites

from holdfast.components import catalogue
from holdfast.model.catalogue import Site
from holdfast.model.component import Component
from holdfast.model.timer import Timer

NOT_CONFIGURATION = {
    "bus.client_deadline": "the deadline that a publisher sets itself: no service of ours publishes yet",
}
"""Timers of a mechanism that stand in no file, each with its reason."""

TIMERS = {t.name: t for c in catalogue() for t in c.timers}


def with_timer(site: Site, name: str, value: float) -> Site:
    """The site with one timer set to another value, whatever the switch says."""

    def change(component: Component) -> Component:
        timers = tuple(
            replace(t, tuned=value, stock=value) if t.name == name else t for t in component.timers
        )
        return replace(component, timers=timers)

    return replace(site, catalogue=tuple(map(change, site.catalogue)))


def other(timer: Timer) -> float:
    """A value that no rounding makes equal to the tuned one."""
    return timer.tuned + 7


@pytest.mark.parametrize("name", TIMERS)
def test_each_timer_alone_changes_a_file(name: str) -> None:
    site = sites()["whole"]
    before, after = files_of(site), files_of(with_timer(site, name, other(TIMERS[name])))
    changed = [key for key in before if before[key].content != after[key].content]
    assert bool(changed) != (name in NOT_CONFIGURATION), name


@pytest.mark.parametrize("name", [n for n, t in TIMERS.items() if t.stock != t.tuned])
def test_stock_and_tuned_differ_in_the_files(name: str) -> None:
    if name in NOT_CONFIGURATION:
        return
    stock = sites()["whole-stock"]
    tuned = with_timer(stock, name, TIMERS[name].tuned)
    assert {k: f.content for k, f in files_of(stock).items()} != {
        k: f.content for k, f in files_of(tuned).items()
    }


def test_stock_sets_every_timer_to_its_stock_value() -> None:
    """With the switch at stock, every timer's value is the software's default, and no tuned one is left."""
    stock = sites()["whole-stock"]
    assert {n: stock.timer(n) for n in TIMERS} == {n: t.stock for n, t in TIMERS.items()}
    explicit = stock
    for name, timer in TIMERS.items():
        explicit = with_timer(explicit, name, timer.stock)
    assert files_of(explicit) == files_of(stock)


def test_nothing_but_timers_differs_between_stock_and_tuned() -> None:
    stock, tuned = files_of(sites()["whole-stock"]), files_of(sites()["whole"])
    assert stock.keys() == tuned.keys()
    number = re.compile(r"\d+(\.\d+)?")
    assert [k for k in stock if number.sub("N", stock[k].content) != number.sub("N", tuned[k].content)] == []


def test_timers_are_positive() -> None:
    assert [n for n, t in TIMERS.items() if t.stock <= 0 or t.tuned <= 0] == []
