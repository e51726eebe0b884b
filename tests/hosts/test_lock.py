"""The lock on the hosts: two holders, expiry, take-over, loss."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable

import pytest
from claims import Clock, Story, record, stories
from hypothesis import given, settings

import holdfast.hosts.lock as locking
from holdfast.hosts.act import act
from holdfast.hosts.agent.lease import decide
from holdfast.hosts.lock import LockHeld, LockLost, held
from holdfast.hosts.transport import Unreachable
from holdfast.model.plan import PutFile, Step


async def test_the_second_is_refused_with_who_since_when_and_why(hosts, clock: Clock) -> None:
    async with held(hosts, "alice", "a new release", "r1"):
        clock.now += 3
        with pytest.raises(LockHeld) as caught:
            async with held(hosts, "bob", "curiosity", "r2"):
                raise AssertionError("two hold it")
        assert (caught.value.host, caught.value.holder, caught.value.why) == ("a", "alice", "a new release")
        assert "alice" in str(caught.value)
        assert all(host.lock["run_id"] == "r1" for host in hosts.values())
    assert all(host.lock["released"] for host in hosts.values())
    async with held(hosts, "bob", "now it is free", "r2") as lock:
        assert lock.taken_over == ()


async def test_what_was_taken_is_given_back_when_one_host_refuses(hosts) -> None:
    async with held({"b": hosts["b"]}, "alice", "one host", "r1"):
        with pytest.raises(LockHeld):
            async with held(hosts, "bob", "all hosts", "r2"):
                raise AssertionError("two hold it")
    assert all(not host.lock or host.lock["released"] for host in hosts.values())


async def test_what_was_taken_is_given_back_when_one_host_is_lost(hosts) -> None:
    hosts["c"].dead = True
    with pytest.raises(Unreachable):
        async with held(hosts, "bob", "all hosts", "r2"):
            raise AssertionError("held without c")
    assert hosts["a"].lock["released"]
    assert hosts["b"].lock["released"]


async def test_hosts_that_cannot_be_reached_can_be_left_out_and_are_told(hosts, clock: Clock) -> None:
    hosts["a"].dead = hosts["c"].dead = True
    async with held(hosts, "bob", "two are dead", "r1", leave_out=True) as lock:
        assert {name: lost.why for name, lost in lock.left_out.items()} == dict.fromkeys(
            ("a", "c"), "it lost its power"
        )
        assert hosts["b"].lock["run_id"] == "r1"
        with pytest.raises(LockHeld):
            async with held(hosts, "alice", "", "r2", leave_out=True):
                raise AssertionError("two hold b")
    assert hosts["b"].lock["released"]
    async with held(hosts, "bob", "", "r3", leave_out=True) as lock:
        assert set(lock.left_out) == {"a", "c"}
    hosts["b"].dead = True
    with pytest.raises(Unreachable):
        async with held(hosts, "bob", "nobody is there", "r4", leave_out=True):
            raise AssertionError("held on no host")


@pytest.mark.parametrize("holds", ["b", "c"])
async def test_left_out_or_not_any_reachable_host_that_is_held_refuses(
    hosts, clock: Clock, holds: str
) -> None:
    hosts["a"].dead = True
    hosts[holds].lock = record(clock)
    with pytest.raises(LockHeld):
        async with held(hosts, "bob", "", "r1", leave_out=True):
            raise AssertionError("two hold it")
    other = hosts["c" if holds == "b" else "b"]
    assert not other.lock or other.lock["released"]


async def test_a_host_left_out_that_returns_lets_no_older_run_in(hosts) -> None:
    step = Step("s", "c", (PutFile("/x", ""),), "")
    async with held(hosts, "alice", "", "r1") as first:
        pass
    hosts["c"].dead = True
    async with held(hosts, "bob", "c is dead", "r2", leave_out=True) as second:
        hosts["c"].revive()
        assert "not given to this run here" in (await act(hosts["c"], "r2", step, epoch=second.epoch)).error
        assert "it is over" in (await act(hosts["c"], "r1", step, epoch=first.epoch)).error
    async with held(hosts, "carol", "c is back", "r3") as third:
        assert third.epoch == second.epoch + 1 == hosts["c"].lock["epoch"]
        for run_id, epoch in (("r1", first.epoch), ("r2", second.epoch)):
            assert "this run lost it" in (await act(hosts["c"], run_id, step, epoch=epoch)).error
    assert hosts["c"].files == {}


async def test_an_expired_lease_is_taken_over_with_its_journal(hosts, clock: Clock) -> None:
    hosts["b"].lock = record(clock)
    hosts["b"].journal = [
        {"kind": "begun", "run": "r0", "step": "s1"},
        {"kind": "done", "run": "r0", "step": "s1"},
        {"kind": "begun", "run": "r0", "step": "s2"},
    ]
    with pytest.raises(LockHeld):
        async with held(hosts, "bob", "", "r1"):
            raise AssertionError("the lease still ran")
    clock.now += 16
    async with held(hosts, "bob", "", "r1") as lock:
        (taken,) = lock.taken_over
    assert (taken.host, taken.holder, taken.run_id, taken.unfinished) == ("b", "ghost", "r0", ("s2",))


async def test_a_lease_of_an_earlier_start_of_the_machine_is_free(hosts, clock: Clock) -> None:
    hosts["a"].lock = record(clock, expires=clock.now + 1e6)
    hosts["a"].revive()
    async with held(hosts, "bob", "", "r1") as lock:
        assert lock.taken_over[0].holder == "ghost"


async def test_a_dead_process_of_this_machine_holds_nothing(hosts, clock: Clock) -> None:
    mine = locking._identity()
    hosts["a"].lock = record(clock, machine=mine["machine"], pid=2**22 + 1)
    async with held(hosts, "bob", "", "r1") as lock:
        assert lock.taken_over[0].holder == "ghost"


@pytest.mark.parametrize("fields", [{"machine": "elsewhere", "pid": 2**22 + 1}, {}])
async def test_a_living_process_or_another_machines_is_left_alone(hosts, clock: Clock, fields) -> None:
    mine = locking._identity()
    hosts["a"].lock = record(clock, **{"machine": mine["machine"], "pid": mine["pid"], **fields})
    with pytest.raises(LockHeld):
        async with held(hosts, "bob", "", "r1"):
            raise AssertionError("two hold it")


async def test_renewal_keeps_the_lease_beyond_its_length(hosts, clock: Clock) -> None:
    async with held(hosts, "alice", "", "r1", lease=15, renew_every=0.01):
        for _ in range(10):
            clock.now += 10
            await asyncio.sleep(0.03)
        with pytest.raises(LockHeld):
            async with held(hosts, "bob", "", "r2"):
                raise AssertionError("two hold it")


async def test_a_lost_lock_cancels_the_run(hosts, clock: Clock) -> None:
    reached_end = False
    with pytest.raises(LockLost, match="ghost"):
        async with held(hosts, "alice", "", "r1", renew_every=0.01):
            hosts["b"].lock = record(clock)
            await asyncio.sleep(5)
            reached_end = True
    assert not reached_end
    assert hosts["b"].lock["run_id"] == "r0"  # what another holds is not released
    assert hosts["a"].lock["released"]


async def test_a_run_that_lost_the_lock_can_change_nothing_more(hosts, clock: Clock) -> None:
    hosts["a"].lock = record(clock)
    step = Step("s", "a", (PutFile("/x", ""),), "")
    assert "this run lost it" in (await act(hosts["a"], "r1", step)).error
    assert hosts["a"].files == {}


async def test_a_host_that_dies_meanwhile_does_not_end_the_run(hosts) -> None:
    async with held(hosts, "alice", "", "r1", renew_every=0.01):
        hosts["c"].dead = True
        await asyncio.sleep(0.05)
    assert hosts["a"].lock["released"]


async def test_cancellation_releases(hosts) -> None:
    async def work() -> None:
        async with held(hosts, "alice", "", "r1"):
            await asyncio.sleep(60)

    task = asyncio.create_task(work())
    await asyncio.sleep(0.02)
    assert hosts["a"].lock
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert all(host.lock["released"] for host in hosts.values())


async def test_of_many_at_once_exactly_one_gets_it_on_real_files(
    make_folder: Callable[[str], object],
) -> None:
    folders = [make_folder(name) for name in ("x", "y")]
    hosts = {f"h{i}": folder.transport for i, folder in enumerate(folders)}  # type: ignore[attr-defined]
    inside: list[str] = []
    refused: list[str] = []

    async def contend(name: str) -> bool:
        try:
            async with held(hosts, name, "", name):
                inside.append(name)
                while len(refused) < 3:
                    await asyncio.sleep(0.02)
                assert inside == [name]
                return True
        except LockHeld:
            refused.append(name)
            return False

    assert sum(await asyncio.gather(*(contend(f"r{i}") for i in range(4)))) == 1
    files = [folder.root / "var/lib/holdfast/lock.json" for folder in folders]  # type: ignore[attr-defined]
    assert [json.loads(file.read_text())["released"] for file in files] == [True, True]


def believers(story: Story, decide: Callable[..., tuple[dict[str, object], dict[str, object]]]) -> int:
    """The most runs that ever believed at the same time that the lease was theirs.

    A run believes from a grant to the lease's end by the host's clock, or until it released or was refused.
    """
    lock: dict[str, object] = {}
    now, boot, most = 0.0, 1, 0
    believes: dict[str, float] = {}
    for verb, run, wait in story:
        if verb == "reboot":
            boot, believes = boot + 1, {}
        elif verb == "wait":
            now += wait
        else:
            request = {"verb": verb, "run_id": run, "lease_seconds": 15.0, "epoch": 0,
                       "holder": run, "why": "", "machine": "", "pid": 0}  # fmt: skip
            if verb == "force":  # allowed for a dead holder only: it believes nothing any more
                request |= {"verb": "acquire", "force": lock.get("run_id", "")}
                believes = {}
            lock, reply = decide(lock, request, str(boot), now)
            if verb != "release" and reply["granted"] and lock and not lock["released"]:
                believes[run] = now + 15.0
            elif verb == "release" or not reply["granted"]:
                believes.pop(run, None)
        most = max(most, len([run for run, end in believes.items() if end > now]))
    return most


@settings(deadline=None)
@given(stories)
def test_two_runs_never_both_believe_in_a_live_lease(story: Story) -> None:
    assert believers(story, decide) <= 1


def test_a_lock_that_grants_everything_is_found_out() -> None:
    def careless(_record, request, _boot, _now):
        return {"run_id": request["run_id"], "released": False}, {"granted": True}

    assert believers([("acquire", "r1", 0), ("acquire", "r2", 0)], careless) == 2
