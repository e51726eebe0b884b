"""Plans that are shown, asked for, written down, limited and hindered, on hosts in memory."""

from __future__ import annotations

import json
import os
import pty
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from command import MAIN, Place
from memory import Memory, before, remembered

from holdfast.front.applying import PlanChanged, Proposal, Wish, agree, apply
from holdfast.front.planning import make_plan
from holdfast.front.project import open_project
from holdfast.front.starter import starter
from holdfast.hosts.lock import LockHeld
from holdfast.model.planfile import on_paper

DRIFTED = "/etc/chrony/chrony.conf"
HOSTS = ("alpha", "bravo", "charlie")


class World:
    """A place to run commands in, and the hosts that they meet."""

    def __init__(self, folder: Path) -> None:
        self.place = Place(folder / "work", folder / "home")
        self.hosts = Memory(folder)
        self.folder = folder

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return self.place.run(*words, before=before(self.folder), timeout=240)

    def at_a_terminal(self, answer: str, *words: str) -> tuple[int, str, str]:
        """Runs a command whose input is a terminal where somebody types an answer to the question."""
        ours, theirs = pty.openpty()
        try:
            process = subprocess.Popen(
                [sys.executable, "-c", f"{before(self.folder)}\n{MAIN}", *words],
                cwd=self.place.folder,
                env=self.place.environment,
                stdin=theirs,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            os.write(ours, answer.encode())
            out, err = process.communicate(timeout=240)
        finally:
            os.close(ours)
            os.close(theirs)
        return process.returncode, out, err

    def done(self) -> dict[str, list[str]]:
        """What was done on each host since it was deployed."""
        return {name: steps for name, steps in self.hosts.performed().items() if steps}


def fresh(folder: Path) -> World:
    for name in ("work", "home", "cache/releases"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "work/cloud.yaml").write_text(starter(3).replace("198.18.0.", "198.19.77."))
    with remembered(folder):
        archive = Path(open_project(folder / "work/cloud.yaml").design.release.archive)
    archive.write_bytes(b"archive")
    return World(folder)


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[World, subprocess.CompletedProcess[str]]:
    """A cloud that a script deployed, and what it was told."""
    world = fresh(tmp_path_factory.mktemp("first"))
    done = world.run("apply", "--yes")
    for name in HOSTS:
        world.hosts.change(name, performed=[])
    return world, done


@pytest.fixture
def world(first: tuple[World, object], tmp_path: Path) -> Iterator[World]:
    """The deployed cloud, to do with as one likes; somebody changed a file on every host of it."""
    shutil.copytree(first[0].folder, tmp_path, dirs_exist_ok=True)
    copy = World(tmp_path)
    copy.hosts.drift(DRIFTED, *HOSTS)
    return copy


def test_a_script_says_yes_and_sees_the_plan_in_short(
    first: tuple[World, subprocess.CompletedProcess[str]],
) -> None:
    world, done = first
    assert done.returncode == 0, done.stderr
    assert "steps on 3 hosts" in done.stdout and "configure" in done.stdout
    assert [line for line in done.stdout.splitlines() if line != line.rstrip()] == []
    again = world.run("apply")
    assert (again.returncode, world.done()) == (0, {}), "nothing is asked where nothing is to be done"
    assert "nothing to do" in again.stdout


def test_without_a_terminal_and_a_yes_nothing_is_done(world: World) -> None:
    done = world.run("apply")
    assert done.returncode == 2
    assert "steps on 3 hosts" in done.stdout
    assert "--yes" in done.stderr and "apply FILE" in done.stderr
    told = world.run("apply", "--json")
    assert told.returncode == 2
    assert json.loads(told.stdout)["error"]["exit"] == 2
    assert world.done() == {}


def test_a_person_is_asked(world: World) -> None:
    code, out, err = world.at_a_terminal("n\n", "apply")
    assert (code, world.done()) == (1, {}), err
    assert "do this to three-controllers? [y/N]" in err and "nothing was changed" in err
    code, out, err = world.at_a_terminal("y\n", "apply")
    assert code == 0, out + err
    assert set(world.done()) == set(HOSTS)


def test_a_plan_that_was_written_down_is_what_is_done(world: World) -> None:
    plan = world.run("plan", "--out", "tonight.plan", "--json")
    assert plan.returncode == 0, plan.stderr
    told = json.loads(plan.stdout)["data"]
    done = world.run("apply", "tonight.plan", "--json")
    assert done.returncode == 0, done.stderr
    assert [s["id"] for s in json.loads(done.stdout)["data"]["steps"]] == [s["id"] for s in told["steps"]]
    again = world.run("apply", "tonight.plan")
    assert again.returncode == 1
    assert f"{told['steps'][0]['id']} is gone" in again.stderr


def test_a_plan_is_refused_when_the_hosts_are_not_what_they_were(world: World) -> None:
    assert world.run("plan", "--out", "tonight.plan").returncode == 0
    world.hosts.drift("/etc/memcached.conf", "bravo")
    done = world.run("apply", "tonight.plan")
    assert done.returncode == 1
    assert "memcached" in done.stderr and "@bravo is new" in done.stderr
    assert "@alpha" not in done.stderr
    assert world.done() == {}


def test_a_plan_for_some_hosts_knows_them(world: World) -> None:
    assert world.run("plan", "--out", "one.plan", "--hosts", "bravo").returncode == 0
    done = world.run("apply", "one.plan")
    assert done.returncode == 0, done.stderr
    assert set(world.done()) == {"bravo"}
    assert world.run("apply", "one.plan", "--hosts", "alpha").returncode == 2


def test_only_hosts_that_were_chosen_are_touched(world: World) -> None:
    done = world.run("apply", "--yes", "--hosts", "alpha,charlie")
    assert done.returncode == 0, done.stdout + done.stderr
    assert set(world.done()) == {"alpha", "charlie"}
    assert "bravo" in done.stdout and "it was not chosen" in done.stdout


def test_an_empty_choice_is_not_all_hosts(world: World) -> None:
    done = world.run("apply", "--yes", "--hosts", "")
    assert done.returncode == 2
    assert world.done() == {}


@pytest.mark.parametrize("command", ["plan", "apply"])
def test_a_wrong_host_name_is_bad_input(world: World, command: str) -> None:
    done = world.run(command, "--hosts", "alpha,zulu")
    assert done.returncode == 2
    assert "zulu" in done.stderr and "bravo" in done.stderr


def test_a_dead_host_stops_nobody_else(world: World) -> None:
    world.hosts.change("charlie", dead=True)
    plan = world.run("plan")
    assert plan.returncode == 1
    assert "charlie" in plan.stdout and "cannot be reached" in plan.stdout
    done = world.run("apply", "--yes", "--json")
    assert done.returncode == 1
    told = json.loads(done.stdout)
    assert set(world.done()) == {"alpha", "bravo"}
    assert {wait["host"] for wait in told["data"]["waiting"]} == {"charlie"}
    assert [f["subject"] for f in told["findings"] if f["rule"] == "waiting"] == ["charlie"]
    world.hosts.change("charlie", dead=False)
    assert world.run("apply", "--yes").returncode == 0
    assert "charlie" in world.done()


def test_a_plan_that_is_refused_for_want_of_a_host_says_what_ails_it(tmp_path: Path) -> None:
    world = fresh(tmp_path)
    world.hosts.change("charlie", dead=True)
    done = world.run("apply", "--yes")
    assert done.returncode == 1
    assert "charlie: no answer" in done.stderr and "switch it on" in done.stderr
    assert world.done() == {}


def test_the_chosen_hosts_are_all_dead(world: World) -> None:
    world.hosts.change("charlie", dead=True)
    done = world.run("apply", "--yes", "--hosts", "charlie")
    assert done.returncode == 3
    assert "charlie" in done.stderr


async def test_what_changed_while_it_was_shown_is_shown_again(world: World) -> None:
    asked: list[Proposal] = []
    with remembered(world.folder) as memory:
        project = open_project(world.place.folder / "cloud.yaml")
        transports = memory.transports(project)

        async def ask(proposal: Proposal) -> bool:
            asked.append(proposal)
            transports["bravo"].files["/etc/memcached.conf"] = "another"
            return True

        done = await apply(project, transports, Wish("test"), lambda _: None, ask)
    first, second = asked
    assert first.changes == ()
    assert any("memcached" in change and "@bravo is new" in change for change in second.changes)
    assert any(step.id.startswith("memcached") for step in done.made.plan.steps)


async def test_a_unit_that_is_just_starting_is_waited_for(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is due is decided once the start has ended: here it failed."""
    monkeypatch.setattr("holdfast.front.applying.PAUSE", 0)
    heard: list[str] = []
    with remembered(world.folder) as memory:
        project = open_project(world.place.folder / "cloud.yaml")
        transports = memory.transports(project)
        units = transports["bravo"].units
        name = "holdfast-database-check.service"
        units[name] = replace(units[name], active="activating")

        def say(said: object) -> None:
            heard.append(str(said))
            if "waiting" in str(said):
                units[name] = replace(units[name], active="failed")

        done = await apply(project, transports, Wish("test"), say, agree)
    assert any(f"waiting for the start of {name} on bravo" in each for each in heard)
    assert f"mariadb/start-{name.removesuffix('.service')}@bravo" in {s.id for s in done.made.plan.steps}


async def test_one_that_starts_for_ever_is_not_waited_for_in_vain(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("holdfast.front.applying.SETTLE", 0)
    with remembered(world.folder) as memory:
        project = open_project(world.place.folder / "cloud.yaml")
        transports = memory.transports(project)
        units = transports["bravo"].units
        units["chrony.service"] = replace(units["chrony.service"], active="activating")
        done = await apply(project, transports, Wish("test"), lambda _: None, agree)
    assert done.made.plan.steps


async def test_what_was_approved_is_refused_when_it_changes_before_the_lock_is_held(world: World) -> None:
    """The look before the lock still fits; what somebody did until then is found under it."""
    with remembered(world.folder) as memory:
        project = open_project(world.place.folder / "cloud.yaml")
        transports = memory.transports(project)
        approved = on_paper(project.cloud.name, (await make_plan(project, transports)).plan)

        async def ask(proposal: Proposal) -> bool:
            assert proposal.approved
            transports["bravo"].files["/etc/memcached.conf"] = "another"
            return True

        with pytest.raises(PlanChanged, match="@bravo is new"):
            await apply(project, transports, Wish("test", approved=approved), lambda _: None, ask)
    assert not any(host.performed for host in transports.values())


async def test_a_host_that_is_lost_between_plan_and_lock_waits(world: World) -> None:
    with remembered(world.folder) as memory:
        project = open_project(world.place.folder / "cloud.yaml")
        transports = memory.transports(project)

        async def ask(proposal: Proposal) -> bool:
            transports["charlie"].dead = True
            return await agree(proposal)

        done = await apply(project, transports, Wish("test"), lambda _: None, ask)
    assert {step.host for step in done.made.plan.steps} == {"alpha", "bravo"}
    assert [f.subject for f in done.findings if f.rule == "waiting"] == ["charlie"]


async def test_two_runs_on_different_hosts_are_one_too_many(world: World) -> None:
    """Each plans from the whole truth, which the other is just changing: the lock is on every host."""
    with remembered(world.folder) as memory:
        project = open_project(world.place.folder / "cloud.yaml")
        transports = memory.transports(project)
        asked: list[Proposal] = []

        async def ask_under_the_lock(proposal: Proposal) -> bool:
            asked.append(proposal)
            if len(asked) == 1:
                # Somebody changes a host between the look and the lock: what is due is shown again under it.
                transports["alpha"].files["/etc/memcached.conf"] = "another"
                return True
            with pytest.raises(LockHeld):
                await apply(project, transports, Wish("second", ("bravo",)), lambda _: None, agree)
            return True

        await apply(project, transports, Wish("first", ("alpha",)), lambda _: None, ask_under_the_lock)
    assert len(asked) == 2
    assert not transports["bravo"].performed and not transports["charlie"].performed
