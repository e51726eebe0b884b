"""A cloud that is repaired while it is hurt: dead hosts, guards, what was forgotten or changed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from clouds import WORDS, place, site_of, sites
from world import World

from holdfast.front.starter import starter
from holdfast.model.cloudfile.reader import parse
from holdfast.model.observed import Answer
from holdfast.model.plan import Change, Forget, Plan, PutFile, Step, Unit
from holdfast.model.process import Ha
from holdfast.plan.inquiry import inquiries
from holdfast.plan.members import PlanRefused

SITE = sites()["three"]


def lost_everywhere(world: World, path: str) -> World:
    """Somebody changed a file on every host that has it."""
    for name, seen in world.hosts.items():
        if path in seen.files:
            world.lose_file(name, path)
    return world


def config_of(ha: Ha) -> tuple[str, str]:
    """(component, path) of a configuration whose change restarts a process of that kind."""
    for component in SITE.catalogue:
        here = place(SITE, component)
        for process in here.processes:
            for file in here.files:
                if process.ha is ha and not process.reloads and file.path.startswith(process.watches):
                    return component.name, file.path
    raise AssertionError(ha)


def restarts(plan: Plan) -> list[Step]:
    return [
        s for s in plan.steps if any(isinstance(a, Unit) and a.change is Change.RESTART for a in s.actions)
    ]


@pytest.mark.parametrize("ha", [Ha.QUORUM, Ha.BALANCED, Ha.SINGLE])
def test_a_restart_is_guarded_by_all_other_members(ha: Ha) -> None:
    component, path = config_of(ha)
    steps = restarts(lost_everywhere(World(SITE).deployed(), path).plan())
    assert [s.host for s in steps] == ["alpha", "bravo", "charlie"]
    for step in steps:
        (guard,) = step.guards
        assert set(guard.hosts) == {"alpha", "bravo", "charlie"} - {step.host}
        assert guard.group == component


def test_a_start_takes_nothing_away_and_has_no_guard() -> None:
    starts = [s for s in World(SITE).plan().steps if any(isinstance(a, Unit) for a in s.actions)]
    assert starts and [s.id for s in starts if s.guards] == []


def test_a_dead_host_does_not_stop_the_rest() -> None:
    """Its own steps wait, those of a balanced service go on without it, in turn, guarded by who is left."""
    _, path = config_of(Ha.BALANCED)
    plan = lost_everywhere(World(SITE).deployed(), path).without("charlie")
    steps = restarts(plan)
    assert [(s.host, s.guards[0].hosts) for s in steps] == [("alpha", ("bravo",)), ("bravo", ("alpha",))]
    assert {w.host for w in plan.waiting} == {"charlie"}
    assert {w.step for w in plan.waiting} >= {"keystone@charlie", "mariadb@charlie"}
    assert all(w.why == "it lost its power" for w in plan.waiting)


def test_a_member_whose_restart_would_cost_the_majority_waits() -> None:
    component, path = config_of(Ha.QUORUM)
    plan = lost_everywhere(World(SITE).deployed(), path).without("charlie")
    assert restarts(plan) == []
    waiting = {w.host: w.why for w in plan.waiting if w.step.startswith(f"{component}/restart-")}
    assert waiting.keys() == {"alpha", "bravo"}
    assert all("majority" in why and "charlie" in why for why in waiting.values())


def test_five_members_can_spare_a_dead_one_and_one_that_restarts() -> None:
    five = sites()["five"]
    _, path = config_of(Ha.QUORUM)
    plan = lost_everywhere(World(five).deployed(), path).without("echo")
    assert len(restarts(plan)) == 4


def test_without_a_majority_nothing_is_planned() -> None:
    with pytest.raises(PlanRefused, match=r"only 1 of its 3 members.*bravo, charlie"):
        World(SITE).deployed().without("bravo", "charlie")


def test_hosts_that_were_not_chosen_are_seen_and_not_touched() -> None:
    """The truth is whole: those who were not chosen still guard, and their steps are told as waiting."""
    _, path = config_of(Ha.BALANCED)
    changed = lost_everywhere(World(SITE).deployed(), path)
    plan = changed.plan(bravo="it was not chosen", charlie="it was not chosen")
    assert {s.host for s in plan.steps} == {"alpha"}
    assert restarts(plan)[0].guards[0].hosts == ("bravo", "charlie")
    assert {w.host for w in plan.waiting} == {"bravo", "charlie"}
    assert all(step.needs <= {s.id for s in plan.steps} for step in plan.steps)


def test_once_is_done_on_a_host_that_may_be_touched() -> None:
    newer = replace(SITE, release=replace(SITE.release, digest="ba9876543210"))
    plan = World(newer, dict(World(SITE).deployed().hosts)).plan(alpha="it was not chosen")
    (schema,) = [s for s in plan.steps if "/schema@" in s.id]
    assert schema.host == "bravo"


def test_a_drifted_file_is_rewritten_behind_a_forgotten_record() -> None:
    """Interrupted before the restart, the record must not say that the unit runs with what is there."""
    _, path = config_of(Ha.BALANCED)
    drifted = World(SITE).deployed()
    drifted.lose_file("bravo", path)
    (configure,) = [s for s in drifted.plan().steps if any(isinstance(a, PutFile) for a in s.actions)]
    kinds = [type(a) for a in configure.actions]
    assert kinds.index(Forget) < kinds.index(PutFile)
    drifted.done(configure)
    assert [s.host for s in restarts(drifted.plan())] == ["bravo"]


def test_forgotten_units_still_take_turns() -> None:
    """A unit without a record that Holdfast has started is no new one: others rely on it."""
    _, path = config_of(Ha.BALANCED)
    world = lost_everywhere(World(SITE).deployed(), path)
    world.done(*(s for s in world.plan().steps if any(isinstance(a, Forget) for a in s.actions)))
    steps = restarts(world.plan())
    assert len(steps) == 3
    assert [s.needs for s in steps[1:]] == [frozenset({a.id}) for a in steps[:-1]]


def test_needs_pass_through_a_component_that_has_nothing_to_do() -> None:
    """Kernel settings change: what needs the balancer waits for them, though the balancer is as it was."""
    world = World(SITE).deployed()
    for name in world.hosts:
        world.lose_file(name, "/etc/sysctl.d/60-holdfast.conf")
        world.unit(name, "keepalived.service", active="failed")
    plan = world.plan()
    assert not any(s.id.startswith("haproxy/") for s in plan.steps)
    ground = {s.id for s in plan.steps if s.id.startswith("host/")}
    for step in (s for s in plan.steps if s.id.startswith("keepalived/start-")):
        assert step.needs >= ground


def test_every_publication_has_its_own_gate() -> None:
    publishing = [s for s in World(SITE).plan().steps if "/publish@" in s.id]
    assert len(publishing) == 6
    for step in publishing:
        assert step.gate is not None
        assert step.gate.question == f"published-{step.id.split('/')[0]}"


def test_a_host_that_left_the_cloud_file_is_refused_in_plain_words() -> None:
    five, three = (site_of(parse(starter(n, "same"), WORDS)) for n in (5, 3))
    shrunk = World(
        three, {k: v for k, v in World(five).deployed().hosts.items() if k not in ("delta", "echo")}
    )
    with pytest.raises(PlanRefused, match="delta, echo: a host of this cloud that its file does not have"):
        shrunk.plan()


def test_the_operators_own_options_are_told_as_theirs() -> None:
    cloud = replace(SITE.cloud, config={"keystone": {"keystone.conf": {"DEFAULT": {"debug": "true"}}}})
    plan = World(replace(SITE, cloud=cloud), dict(World(SITE).deployed().hosts)).plan()
    why = [s.why for s in plan.steps if s.id == "keystone/configure@alpha"]
    assert why == ["1 of 15 files differ; your own options in keystone.conf: [DEFAULT] debug"]
    (text,) = [
        a.content for s in plan.steps for a in s.actions if isinstance(a, PutFile) and s.host == "alpha"
    ]
    assert "debug = true" in text


def test_a_process_that_only_some_hosts_have_is_started_there() -> None:
    """Units are matched by their names, and not by their place in a row."""
    component = next(c for c in SITE.catalogue if len(c.units) > 1)

    def alone(here: object) -> object:
        found = component.processes(here)  # type: ignore[arg-type]
        return found[:1] if here.host.name == "alpha" else found[1:]  # type: ignore[attr-defined]

    changed = replace(component, processes=alone, bootstrap=None)
    odd = replace(SITE, catalogue=tuple(changed if c is component else c for c in SITE.catalogue))
    starts = {
        (s.host, a.name)
        for s in World(odd).plan().steps
        for a in s.actions
        if isinstance(a, Unit) and a.name in component.units
    }
    first, second = component.units
    assert starts == {("alpha", first), ("bravo", second), ("charlie", second)}


def test_rules_that_somebody_flushed_are_put_back() -> None:
    """Nothing but the firewall's own question tells: its files, its unit and its record are as they were."""
    world = World(SITE).deployed()
    flushed = Answer(False, "no rules are in place")
    world.hosts["bravo"] = replace(world.hosts["bravo"], answers={"firewall": flushed})
    (step,) = world.plan().steps
    assert (step.host, step.component) == ("bravo", "firewall")
    assert "no rules are in place" in step.why
    assert [a.change for a in step.actions if isinstance(a, Unit)] == [Change.RELOAD]
    assert "firewall" in [question.name for question in inquiries(SITE)["bravo"].questions]
