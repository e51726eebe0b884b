"""Every component: its needs are met, in no circle; what it promises is about faults that exist."""

from __future__ import annotations

from graphlib import TopologicalSorter

import pytest
from clouds import sites

from holdfast.components import catalogue, enabled, in_order_of_need
from holdfast.faults import names
from holdfast.model.component import FOUNDATIONS, Component
from holdfast.model.site import Site

every_component = pytest.mark.parametrize("component", catalogue(), ids=lambda c: c.name)
every_site = pytest.mark.parametrize("site", sites().values(), ids=list(sites()))


@every_component
def test_needs_are_in_the_catalogue(component: Component) -> None:
    assert set(component.needs) <= {c.name for c in catalogue()}


def test_needs_go_in_no_circle_and_come_first() -> None:
    TopologicalSorter({c.name: c.needs for c in catalogue()}).prepare()
    order = [c.name for c in in_order_of_need(list(reversed(catalogue())))]
    assert order == [c.name for c in catalogue()]
    for component in catalogue():
        assert all(order.index(need) < order.index(component.name) for need in component.needs)


@every_component
def test_a_component_alone_brings_all_it_needs(component: Component) -> None:
    brought = enabled((component.name,))
    assert {need for c in brought for need in c.needs} <= {c.name for c in brought}
    assert {c.capability for c in brought} >= FOUNDATIONS


def test_names_and_capabilities_are_unique() -> None:
    assert len({c.name for c in catalogue()}) == len(catalogue())
    assert len({c.capability for c in catalogue()}) == len(catalogue())
    timers = [t.name for c in catalogue() for t in c.timers]
    frontends = [f.name for c in catalogue() for f in c.frontends]
    assert len(set(timers)) == len(timers)
    assert len(set(frontends)) == len(frontends)


@every_component
def test_it_says_what_it_is(component: Component) -> None:
    assert component.summary
    assert all(timer.why for timer in component.timers)


def test_promises_and_legs_are_about_faults_that_exist() -> None:
    known = set(names(sites()["three"]))
    assert {p.fault for c in catalogue() for p in c.promises} <= known
    assert {leg.fault for c in catalogue() for leg in c.legs} <= known


def test_legs_and_orders_name_timers_that_exist() -> None:
    known = {t.name for c in catalogue() for t in c.timers}
    assert {t for c in catalogue() for leg in c.legs for t in leg.timers} <= known
    assert {t for c in catalogue() for chain in c.timer_order for t in chain} <= known


@every_site
def test_a_component_with_a_role_has_hosts(site: Site) -> None:
    assert all(site.hosts_of(component) for component in site.catalogue)
