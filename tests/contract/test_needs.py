"""Every component: its needs are met, in no circle; what it promises is about faults that exist."""

from __future__ import annotations

import re
from graphlib import TopologicalSorter
from pathlib import Path

import pytest
from clouds import sites

from holdfast import components
from holdfast.components import catalogue, enabled, services
from holdfast.faults import names
from holdfast.model.catalogue import Site
from holdfast.model.component import Component
from holdfast.model.service import in_order_of_need

every_component = pytest.mark.parametrize("component", catalogue(), ids=lambda c: c.name)
every_site = pytest.mark.parametrize("site", sites().values(), ids=list(sites()))


@every_component
def test_needs_are_in_the_catalogue(component: Component) -> None:
    assert set(component.needs) <= {kind for c in catalogue() for kind in c.kinds}


def test_needs_go_in_no_circle_and_come_first() -> None:
    TopologicalSorter({kind: c.needs for c in catalogue() for kind in c.kinds}).prepare()
    order = [c.name for c in in_order_of_need(list(reversed(catalogue())))]
    assert order == [c.name for c in catalogue()]
    for component in catalogue():
        givers = [c.name for c in catalogue() if c.kinds & set(component.needs)]
        assert all(order.index(giver) < order.index(component.name) for giver in givers)


@pytest.mark.parametrize("name", [service.name for service in services()])
def test_a_service_alone_brings_all_it_needs(name: str) -> None:
    brought = enabled((name,))
    assert {need for c in brought for need in c.needs} <= {kind for c in brought for kind in c.kinds}
    assert {c.name for c in brought} >= {c.name for c in catalogue() if c.always}


def test_a_service_alone_brings_nothing_else() -> None:
    """A cache wants no database, and none is put beside it."""
    assert {c.name for c in enabled(("memcached",))} == {"host", "firewall", "chrony", "memcached"}


@pytest.mark.parametrize("name", [service.name for service in services()])
def test_what_has_frontends_is_published(name: str) -> None:
    """A database alone is reached through the address, as one with services on it is."""
    brought = enabled((name,))
    publishers = {kind for c in brought for kind in c.kinds & {"balancer", "address"}}
    assert publishers == {"balancer", "address"} or not any(c.frontends for c in brought)


def test_names_and_offers_are_unique() -> None:
    assert len({c.name for c in catalogue()}) == len(catalogue())
    kinds = [kind for c in catalogue() for kind in c.kinds]
    assert len(set(kinds)) == len(kinds)
    roles = [role.name for service in services() for role in service.roles]
    assert len(set(roles)) == len(roles)
    assert {c.role for c in catalogue()} - {None} == set(roles)
    timers = [t.name for c in catalogue() for t in c.timers]
    frontends = [f.name for c in catalogue() for f in c.frontends]
    assert len(set(timers)) == len(timers)
    assert len(set(frontends)) == len(frontends)


@every_component
def test_it_says_what_it_is(component: Component) -> None:
    assert component.summary
    assert all(timer.why for timer in component.timers)


def test_promises_are_about_faults_and_operations_that_exist() -> None:
    known = set(names(catalogue()))
    families = {name.partition("-")[0] for name in known}
    kinds = {operation.kind for c in catalogue() for operation in c.operations}
    assert {p.fault for c in catalogue() for p in c.promises} <= known | families
    assert {p.kind for c in catalogue() for p in c.promises} <= kinds | {""}


def test_a_frontend_is_named_for_the_operations_that_go_through_it() -> None:
    for component in catalogue():
        names = {operation.kind for operation in component.operations}
        assert {frontend.name for frontend in component.frontends} <= names, component.name


def test_operations_use_what_is_offered_and_in_no_circle() -> None:
    used = {kind: c.operations[0].uses if c.operations else () for c in catalogue() for kind in c.kinds}
    TopologicalSorter(used).prepare()
    assert {kind for c in catalogue() for o in c.operations for kind in o.uses} <= used.keys()


def test_a_landmark_that_matters_is_told() -> None:
    told = {mark.name for c in catalogue() for mark in c.landmarks}
    assert {c.matters for c in catalogue()} <= told | {""}


def test_no_component_spells_the_fault_of_another() -> None:
    """A mechanism answers to any strike: none of them may know what a fault is called."""
    for path in Path(components.__file__).parent.rglob("failover.py"):
        text = path.read_text()
        own = path.parent.name
        spelled = set(re.findall(r'"(?:kill|freeze|refuse)-([a-z-]+)"', text))
        assert {name for name in spelled if own not in name} == set(), path


def test_mechanisms_and_orders_name_timers_that_exist() -> None:
    known = {t.name for c in catalogue() for t in c.timers}
    assert {t for c in catalogue() for m in c.mechanisms for t in m.timers} <= known
    assert {t for c in catalogue() for chain in c.timer_order for t in chain} <= known


@every_site
def test_a_component_with_a_role_has_hosts(site: Site) -> None:
    assert all(placed.hosts for placed in site.placed)
