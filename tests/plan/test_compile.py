"""The planner: what must be done is done once, in a safe order, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import pytest
from clouds import WORDS, clouds, place, site_of, sites
from world import World

from holdfast.front.starter import starter
from holdfast.model.catalogue import Site
from holdfast.model.cloudfile.reader import parse
from holdfast.model.component import Component
from holdfast.model.keyring import rotated
from holdfast.model.observed import Answer
from holdfast.model.parts import When
from holdfast.model.plan import Change, Package, Plan, PutFile, Remove, Run, Step, Unit
from holdfast.model.process import Ha, Process
from holdfast.model.secret import Secret
from holdfast.plan.desired import mark_of
from holdfast.plan.members import PlanRefused

every_site = pytest.mark.parametrize("site", sites().values(), ids=list(sites()))


def world(name: str = "three") -> World:
    return World(sites()[name]).deployed()


def changes(plan: Plan) -> list[tuple[str, str, str]]:
    """(host, unit, change) of each unit, in order."""
    return [(s.host, a.name, a.change.value) for s in plan.steps for a in s.actions if isinstance(a, Unit)]


def first_process(site: Site, wanted: Callable[[Component, Process], bool]) -> tuple[Component, Process]:
    for component in site.catalogue:
        for process in place(site, component).processes:
            if wanted(component, process):
                return component, process
    raise AssertionError("no such process")


def quorum(component: Component, process: Process) -> bool:
    return process.ha is Ha.QUORUM


def before(plan: Plan, earlier: str, later: str) -> bool:
    """Whether one step must have ended, and its gate passed, before the other begins."""
    needs = {s.id: s.needs for s in plan.steps}
    open_steps, seen = [later], set()
    while open_steps:
        for need in needs[open_steps.pop()]:
            if need not in seen:
                seen.add(need)
                open_steps.append(need)
    return earlier in seen


def watched_file(site: Site, component: Component, process: Process) -> str:
    """A configuration file that the process reads and that is no unit file."""
    paths = [f.path for f in place(site, component).files if f.path.startswith(process.watches)]
    return next(path for path in paths if not path.startswith("/etc/systemd/"))


@every_site
def test_nothing_to_do_is_an_empty_plan(site: Site) -> None:
    assert World(site).deployed().plan() == Plan(())


@every_site
def test_every_step_names_steps_before_it_and_says_why(site: Site) -> None:
    known: set[str] = set()
    for step in World(site).plan().steps:
        assert step.needs <= known
        assert step.why and step.actions
        assert step.id not in known
        known.add(step.id)


def test_a_changed_file_restarts_its_reader_once_on_its_host() -> None:
    site = sites()["three"]
    component, process = first_process(site, lambda c, p: p.ha is Ha.BALANCED and not p.reloads)
    changed = world()
    changed.lose_file("bravo", watched_file(site, component, process))
    plan = changed.plan()
    assert changes(plan) == [("bravo", process.unit, "restart")]
    files = [a.path for s in plan.steps for a in s.actions if isinstance(a, PutFile)]
    assert files == [watched_file(site, component, process)]


def test_a_changed_file_reloads_what_can_read_it_anew() -> None:
    site = sites()["three"]
    component, process = first_process(site, lambda c, p: p.reloads)
    changed = world()
    for host in ("alpha", "bravo", "charlie"):
        changed.lose_file(host, watched_file(site, component, process))
    assert sorted(changes(changed.plan())) == [
        (host, process.unit, "reload") for host in ("alpha", "bravo", "charlie")
    ]


def rolled(site: Site, component: Component, process: Process) -> Plan:
    """The same file has changed on every host."""
    changed = World(site).deployed()
    for host in site.cloud.with_role(component.role or ""):
        changed.lose_file(host.name, watched_file(site, component, process))
    return changed.plan()


@pytest.mark.parametrize("ha", [Ha.QUORUM, Ha.BALANCED])
def test_running_members_restart_one_at_a_time_each_past_its_gate(ha: Ha) -> None:
    site = sites()["five"]
    found = [(c, p) for c in site.catalogue for p in place(site, c).processes if p.ha is ha and not p.reloads]
    assert found
    for component, process in found:
        plan = rolled(site, component, process)
        steps = [s for s in plan.steps if any(isinstance(a, Unit) for a in s.actions)]
        assert [c for _, _, c in changes(plan)] == ["restart"] * 5
        assert all(s.gate is not None and s.gate.host == s.host for s in steps)
        assert all(before(plan, a.id, b.id) for a, b in pairwise(steps))


def test_a_stopped_unit_is_started_and_nothing_else() -> None:
    for component in sites()["three"].catalogue:
        for process in place(sites()["three"], component).processes:
            stopped = world()
            stopped.unit("bravo", process.unit, active="failed")
            plan = stopped.plan()
            started = [c for c in changes(plan) if c[2] == Change.START.value]
            assert started == [("bravo", process.unit, "start")]
            others = [a for s in plan.steps for a in s.actions if not isinstance(a, Unit)]
            assert others == []


def test_a_unit_that_is_not_enabled_is_enabled() -> None:
    found = world()
    _, process = first_process(found.site, quorum)
    found.unit("alpha", process.unit, enabled=False)
    plan = found.plan()
    assert changes(plan) == [("alpha", process.unit, "start")]
    (why,) = (step.why for step in plan.steps if process.unit in step.why)
    assert "is disabled" in why and "does not run" not in why


def test_interrupted_between_file_and_restart_it_resumes_with_the_restart() -> None:
    site = sites()["three"]
    component, process = first_process(site, quorum)
    interrupted = world()
    interrupted.lose_file("alpha", watched_file(site, component, process))
    plan = interrupted.plan()
    configure = [s for s in plan.steps if any(isinstance(a, PutFile) for a in s.actions)]
    interrupted.done(*configure)
    # Written, and as wanted now: only the record of what it runs with tells that it was never restarted.
    interrupted.unit("alpha", process.unit, applied="before:before")
    assert changes(interrupted.plan()) == [("alpha", process.unit, "restart")]


def grown() -> tuple[World, Plan]:
    """One host was deployed; then two were added."""
    one, three = (site_of(parse(starter(n, "grow"), WORDS)) for n in (1, 3))
    alone = World(one).deployed()
    bigger = World(three, dict(alone.hosts))
    return bigger, bigger.plan()


def test_the_balancer_learns_of_new_backends_last() -> None:
    bigger, plan = grown()
    ids = {s.id for s in plan.steps}
    for component in (c for c in bigger.site.catalogue if c.frontends):
        publish = f"{component.name}/publish@alpha"
        assert publish in ids
        backends = [
            s.id for s in plan.steps if s.id.startswith(f"{component.name}/") and "/publish@" not in s.id
        ]
        assert any(i.endswith("@bravo") for i in backends) and any(i.endswith("@charlie") for i in backends)
        assert all(before(plan, each, publish) for each in backends)


def test_new_members_join_before_an_old_one_restarts() -> None:
    """A lone member that restarts with the new list of peers would wait for those who are not there yet."""
    bigger, plan = grown()
    for component in bigger.site.catalogue:
        for process in place(bigger.site, component).processes:
            if process.ha is not Ha.QUORUM:
                continue
            stem = process.unit.removesuffix(".service")
            restart = f"{component.name}/restart-{stem}@alpha"
            for host in ("bravo", "charlie"):
                assert before(plan, f"{component.name}/start-{stem}@{host}", restart)


def test_a_first_start_lets_members_in_one_after_the_other_unless_they_may_start_together() -> None:
    site = sites()["three"]
    plan = World(site).plan()
    for component in site.catalogue:
        for process in place(site, component).processes:
            if process.ha is Ha.QUORUM:
                stem = process.unit.removesuffix(".service")
                a, b = (f"{component.name}/start-{stem}@{host}" for host in ("alpha", "bravo"))
                assert before(plan, a, b) is not process.together


def test_once_is_done_by_one_host_and_recorded_anywhere_is_done() -> None:
    site = sites()["three"]
    here = [place(site, component) for component in site.catalogue]
    works = [(h.placed, o) for h in here for o in h.component.once(h) if o.when is not When.AFTER_LEAVING]
    assert works
    for placed, once in works:
        mark = mark_of(placed, once)
        actions = [a for s in World(site).plan().steps for a in s.actions if isinstance(a, Run)]
        assert [a.mark for a in actions].count(mark) == 1
        for host in ("alpha", "bravo", "charlie"):
            elsewhere = world()
            for name, seen in elsewhere.hosts.items():
                marks = {k: v for k, v in seen.marks.items() if k != mark}
                marks |= {mark: once.digest} if name == host else {}
                elsewhere.hosts[name] = replace(seen, marks=marks)
            assert elsewhere.plan().empty
        nowhere = world()
        for name, seen in nowhere.hosts.items():
            nowhere.hosts[name] = replace(seen, marks={k: v for k, v in seen.marks.items() if k != mark})
        assert len([a for s in nowhere.plan().steps for a in s.actions]) == 1


def test_once_before_a_start_is_before_every_start() -> None:
    site = sites()["three"]
    plan = World(site).plan()
    for component in site.catalogue:
        for once in (o for o in component.once(place(site, component)) if o.when is When.BEFORE_START):
            (work,) = (s.id for s in plan.steps if s.id.startswith(f"{component.name}/{once.id}@"))
            starts = [s.id for s in plan.steps if s.id.startswith(f"{component.name}/start-")]
            assert starts and all(before(plan, work, start) for start in starts)


def clustered(answers: dict[str, Answer]) -> World:
    """The members of a cluster are all stopped, and tell this about their data."""
    stopped = world()
    component = next(c for c in stopped.site.catalogue if c.bootstrap)
    for name in stopped.hosts:
        here = place(stopped.site, component, name)
        stopped.unit(name, here.processes[0].unit, active="inactive")
        question = component.facts(here)[0].name
        stopped.hosts[name] = replace(stopped.hosts[name], answers={question: answers[name]})
    return stopped


def told(position: int, history: str = "h1", ok: bool | None = True) -> Answer:
    return Answer(ok, f"{history}:{position}", {"running": False, "history": history, "position": position})


def test_a_stopped_cluster_starts_from_its_most_advanced_member() -> None:
    stopped = clustered({"alpha": told(5), "bravo": told(9), "charlie": told(7)})
    plan = stopped.plan()
    component = next(c for c in stopped.site.catalogue if c.bootstrap)
    first, *others = [s for s in plan.steps if s.id.startswith(f"{component.name}/start-")]
    assert first.host == "bravo"
    assert isinstance(first.actions[0], Run) and isinstance(first.actions[1], Unit)
    assert "most advanced" in first.why
    assert all(before(plan, first.id, other.id) for other in others)
    assert not any(isinstance(a, Run) for s in others for a in s.actions)


@pytest.mark.parametrize(
    ("answers", "evidence"),
    [
        ({"alpha": told(5, "h1"), "bravo": told(9, "h2"), "charlie": told(7, "h1")}, "different histories"),
        ({"alpha": told(5), "bravo": told(9, ok=None), "charlie": told(7)}, "could not be read"),
        ({"alpha": told(5), "bravo": told(9, ok=False), "charlie": told(7)}, "could not be read"),
    ],
)
def test_what_may_lose_data_is_refused_with_evidence(answers: dict[str, Answer], evidence: str) -> None:
    with pytest.raises(PlanRefused) as refused:
        clustered(answers).plan()
    assert evidence in str(refused.value)
    assert all(name in str(refused.value) for name in answers)


def test_members_that_only_wait_are_started_after_the_first() -> None:
    waiting = clustered({"alpha": told(5), "bravo": told(9), "charlie": told(7)})
    component = next(c for c in waiting.site.catalogue if c.bootstrap)
    for name in ("alpha", "bravo", "charlie"):
        waiting.unit(
            name,
            component.units[0],
            active="activating",
        )
    plan = waiting.plan()
    first, *others = [s for s in plan.steps if s.id.startswith(f"{component.name}/start-")]
    assert first.host == "bravo" and len(others) == 2
    assert all(before(plan, first.id, other.id) and other.gate for other in others)


def test_a_running_member_is_joined_not_bootstrapped() -> None:
    some = world()
    component = next(c for c in some.site.catalogue if c.bootstrap)
    unit = component.units[0]
    some.unit("charlie", unit, active="inactive")
    (step,) = (s for s in some.plan().steps if s.id.startswith(f"{component.name}/start-"))
    assert [type(a) for a in step.actions] == [Unit]


def test_a_retired_key_is_removed_and_restarts_nothing() -> None:
    site = sites()["three"]
    texts = {name: secret.reveal() for name, secret in site.secrets.items()}
    repository = next(n for c in site.catalogue for n in c.secrets if n.startswith("key."))
    holders = next(c for c in site.catalogue if repository in c.secrets)
    turning = World(site).deployed()
    for number in range(4):
        texts = rotated(texts, repository, f"new-{number}")
        turned = replace(site, secrets={name: Secret(text) for name, text in texts.items()})
        turning.site = turned
        plan = turning.plan()
        assert changes(plan) == []
        turning.done(*plan.steps)
        assert turning.plan().empty
    removed = [a for s in plan.steps for a in s.actions if isinstance(a, Remove)]
    assert len(removed) == len(site.cloud.with_role(holders.role or ""))


def test_packages_come_before_files_and_starts() -> None:
    for step in World(sites()["split"]).plan().steps:
        kinds = [type(a) for a in step.actions]
        if Package in kinds:
            assert kinds.index(Package) == 0


def test_roles_apart_do_nothing_on_others_hosts() -> None:
    site = sites()["split"]
    steps: tuple[Step, ...] = World(site).plan().steps
    for component in (c for c in site.catalogue if c.role is not None):
        hosts = {s.host for s in steps if s.id.startswith(f"{component.name}/") and "/publish@" not in s.id}
        assert hosts == {h.name for h in site.cloud.with_role(component.role or "")}


def test_a_new_release_restarts_its_users_one_at_a_time() -> None:
    site = sites()["three"]
    newer = World(replace(site, release=replace(site.release, digest="ba9876543210")), dict(world().hosts))
    component = next(c for c in site.catalogue if c.uses_release)
    steps = [s for s in newer.plan().steps if "/restart-" in s.id]
    assert [s.id.split("/")[0] for s in steps] == [component.name] * 3
    plan = newer.plan()
    assert all(before(plan, a.id, b.id) for a, b in pairwise(steps))


def test_stock_timers_change_what_depends_on_them_and_come_back() -> None:
    tuned, stock = sites()["three"], sites()["stock"]
    assert clouds()["three"].hosts == clouds()["stock"].hosts
    moved = World(stock, dict(World(tuned).deployed().hosts))
    assert not moved.plan().empty
    moved.deployed()
    back = World(tuned, dict(moved.hosts))
    assert not back.plan().empty
    back.deployed()
    assert tuned.offers("balancer")


def test_a_strangers_file_in_a_folder_that_is_ours_goes_and_a_drop_in_stays() -> None:
    world = World(sites()["three"]).deployed()
    folders = {
        "/etc/haproxy/holdfast": ("00-global.cfg", "50-database.cfg", "99-extra.cfg"),
        "/etc/systemd/system/haproxy.service.d": ("holdfast.conf", "theirs.conf"),
    }
    world.hosts["bravo"] = replace(world.hosts["bravo"], folders=folders)
    (step,) = world.plan().steps
    assert (step.host, step.component) == ("bravo", "haproxy")
    assert step.actions == (Remove("/etc/haproxy/holdfast/99-extra.cfg"),)


def test_kernel_settings_that_somebody_changed_are_set_again() -> None:
    world = World(sites()["three"]).deployed()
    no = Answer(False, "net.ipv4.tcp_retries2 is 15, not 5")
    world.hosts["bravo"] = replace(world.hosts["bravo"], answers={"kernel": no})
    (step,) = world.plan().steps
    assert (step.host, step.why.endswith(no.text)) == ("bravo", True)
    assert [a.change for a in step.actions if isinstance(a, Unit)] == [Change.RESTART]
    world.hosts["bravo"] = replace(world.hosts["bravo"], answers={"kernel": Answer(None, "cannot tell")})
    assert world.plan().empty
