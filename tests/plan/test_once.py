"""Work done once is asked about: a clear no has it done again, on one host, and doubt does not."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from clouds import sites
from world import World

from holdfast.model.catalogue import Here, Site
from holdfast.model.observed import Answer
from holdfast.model.parts import Once
from holdfast.model.plan import Plan, Run, Step, Unit
from holdfast.plan.desired import mark_of
from holdfast.plan.inquiry import inquiries

SITE = sites()["three"]
ALL = ("alpha", "bravo", "charlie")


def lasting(site: Site = SITE) -> list[tuple[Here, Once, str]]:
    """Each work of the catalogue that can be asked about, with its question's name."""
    first = {here.placed.name: here for here in reversed(site.places)}
    works = [(here, work) for here in first.values() for work in here.component.once(here)]
    return [(here, work, work.holds.name) for here, work in works if work.holds is not None]


WORKS = lasting()
every_work = pytest.mark.parametrize(("here", "work", "question"), WORKS, ids=[w[2] for w in WORKS])


def told(question: str, **answers: Answer) -> World:
    """A cloud on which all is done, where hosts answer this."""
    world = World(SITE).deployed()
    for host, answer in answers.items():
        world.hosts[host] = replace(world.hosts[host], answers={question: answer})
    return world


def test_users_of_database_and_bus_and_what_identity_registered_are_asked_about() -> None:
    assert {here.component.service for here, _, _ in WORKS} >= {"mariadb", "rabbitmq", "keystone"}


@every_work
def test_it_is_asked_in_the_round_trip_of_every_plan(here: Here, work: Once, question: str) -> None:
    for host in here.placed.hosts:
        asked = [each.name for each in inquiries(SITE)[host.name].questions]
        assert asked.count(question) == 1


@every_work
@pytest.mark.parametrize("host", ALL)
def test_a_no_of_any_host_has_it_done_again_on_one(here: Here, work: Once, question: str, host: str) -> None:
    world = told(question, **{host: Answer(False, "no user nova")})
    (step,) = world.plan().steps
    (action,) = step.actions
    assert isinstance(action, Run) and action.mark == mark_of(here.placed, work)
    assert step.why == f"{work.why}: no user nova"
    # Nothing is restarted for it.
    assert not any(isinstance(a, Unit) for a in step.actions)


@every_work
@pytest.mark.parametrize("answer", [Answer(True, "all there"), Answer(None, "cannot tell")])
def test_a_yes_and_doubt_are_no_reason(here: Here, work: Once, question: str, answer: Answer) -> None:
    assert told(question, **dict.fromkeys(ALL, answer)).plan().empty


def by_all(plan: Plan) -> list[Step]:
    """The steps of work that takes every host of its component."""
    ids = {f"{here.placed.name}/{work.id}@" for here, work, _ in WORKS if work.by_all}
    return [step for step in plan.steps if step.id.rpartition("@")[0] + "@" in ids]


def test_the_bus_switches_its_store_once_every_member_does_its_work() -> None:
    plan = World(SITE).plan()
    (step,) = by_all(plan)
    starts = {s.id for s in plan.steps if s.component == "rabbitmq" and s.gate}
    assert starts and starts <= step.needs
    (guard,) = step.guards
    assert (guard.question, guard.hosts, guard.group) == ("bus", ALL, "rabbitmq")


def test_a_bus_that_stands_on_the_older_store_is_switched_and_nothing_is_restarted() -> None:
    (step,) = told("bus-store", bravo=Answer(False, "khepri_db is disabled")).plan().steps
    assert step in by_all(Plan((step,)))
    assert step.why.endswith(": khepri_db is disabled")


def test_what_takes_every_host_waits_for_one_that_is_missing_and_keeps_nobody_else() -> None:
    world = told("bus-store", alpha=Answer(False, "khepri_db is disabled"))
    world.hosts["alpha"] = replace(world.hosts["alpha"], marks={})
    plan = world.without("charlie")
    assert by_all(plan) == []
    (waits,) = [w for w in plan.waiting if w.step.startswith("rabbitmq/store@")]
    assert waits.why == "it takes charlie too"
    assert "rabbitmq/definitions@alpha" in {step.id for step in plan.steps}


def test_a_bus_that_an_older_version_set_up_restarts_node_by_node_and_is_switched_last() -> None:
    world = told("bus-store", **dict.fromkeys(ALL, Answer(False, "khepri_db is disabled")))
    for host in ALL:
        marks = {name: mark for name, mark in world.hosts[host].marks.items() if name != "rabbitmq.store"}
        world.hosts[host] = replace(world.hosts[host], marks=marks)
        world.lose_file(host, "/etc/rabbitmq/rabbitmq-env.conf")
    plan = world.plan()
    (switch,) = by_all(plan)
    restarts = [step for step in plan.steps if any(isinstance(action, Unit) for action in step.actions)]
    assert [step.host for step in restarts] == list(ALL)
    assert {step.id for step in restarts} <= switch.needs
    for before, after in pairwise(restarts):
        assert before.id in after.needs
    assert all(guard.question == "bus" for step in (*restarts, switch) for guard in step.guards)
    world.done(*plan.steps)
    assert "rabbitmq.store" in world.hosts[switch.host].marks
