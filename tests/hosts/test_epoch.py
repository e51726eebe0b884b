"""The lock's epoch: a run that lost its lease never acts again, whether or not its taker has finished."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable

import pytest
from claims import Clock, Story, record, stories
from hypothesis import given, settings

import holdfast.hosts.lock as locking
from holdfast.hosts.act import act
from holdfast.hosts.agent.lease import decide, refusal
from holdfast.hosts.fake import SimulatedHost
from holdfast.hosts.lock import LockLost, held
from holdfast.hosts.transport import Unreachable
from holdfast.model.plan import PutFile, Run, Step


async def test_every_grant_has_an_epoch_above_all_that_any_host_has_seen(hosts, clock: Clock) -> None:
    hosts["b"].lock = record(clock, epoch=7, released=True)
    async with held(hosts, "alice", "", "r1") as first:
        assert first.epoch == 8
        assert [host.lock["epoch"] for host in hosts.values()] == [8, 8, 8]
    async with held(hosts, "alice", "", "r2") as second:
        assert second.epoch == 9
    hosts["c"].lock = record(clock, epoch=20)
    clock.now += 16
    async with held(hosts, "bob", "", "r3") as expired:
        assert expired.epoch == 21
    mine = locking._identity()
    hosts["a"].lock = record(clock, epoch=30, machine=mine["machine"], pid=2**22 + 1)
    async with held(hosts, "bob", "", "r4") as forced:
        assert forced.epoch == 31
    assert {host.lock["epoch"] for host in hosts.values()} == {31}


async def test_a_late_message_of_an_old_run_is_refused_after_the_taker_released(hosts, clock: Clock) -> None:
    step = Step("s", "b", (PutFile("/x", ""),), "")
    async with held(hosts, "alice", "", "old", renew_every=1e6) as old:
        assert (await act(hosts["b"], "old", step, epoch=old.epoch)).ok
        clock.now += 16
        async with held(hosts, "bob", "", "new") as new:
            held_by_taker = await act(hosts["b"], "old", step, epoch=old.epoch)
            assert (await act(hosts["b"], "new", step, epoch=new.epoch)).ok
        late = await act(hosts["b"], "old", step, epoch=old.epoch)
    own = await act(hosts["b"], "new", step, epoch=new.epoch)
    lost = "given to bob since: this run lost it (its epoch is 1, the host has seen 2)"
    assert lost in held_by_taker.error
    assert lost in late.error
    assert own.error == "this run has given the lock back: it is over"
    assert [run for run, _, _ in hosts["b"].performed] == ["old", "new"]


async def test_a_run_whose_lock_was_taken_and_released_is_cancelled_all_the_same(hosts, clock: Clock) -> None:
    with pytest.raises(LockLost, match="bob"):
        async with held(hosts, "alice", "", "old", renew_every=0.01):
            clock.now += 16
            async with held(hosts, "bob", "", "new"):
                pass
            await asyncio.sleep(5)
            raise AssertionError("it went on")


async def test_a_host_that_hangs_costs_the_others_no_lease(hosts, clock: Clock) -> None:
    hang = asyncio.Event()

    class Hanging(SimulatedHost):
        async def run(self, argv, *, stdin=b"", timeout=60):
            if b'"verb": "renew"' in stdin:
                await hang.wait()
            return await super().run(argv, stdin=stdin, timeout=timeout)

    hosts["a"] = Hanging("a", clock=clock)
    async with held(hosts, "alice", "", "r1", lease=15, renew_every=0.01):
        before = hosts["b"].lock["expires"]
        clock.now += 10
        while hosts["b"].lock["expires"] == before:
            await asyncio.sleep(0.01)
        hang.set()


async def test_the_epoch_outlives_the_release_on_a_real_disk(folder) -> None:
    step = Step("s", "folder", (), "")
    async with held({"folder": folder.transport}, "alice", "", "r1") as old:
        assert (await act(folder.transport, "r1", step, epoch=old.epoch)).ok
    async with held({"folder": folder.transport}, "bob", "", "r2") as new:
        assert new.epoch == 2
    late = await act(folder.transport, "r1", step, epoch=old.epoch)
    assert "given to bob since: this run lost it" in late.error
    never = await act(folder.transport, "r3", step, epoch=5)
    assert "not given to this run here" in never.error
    without = await act(folder.transport, "r4", step)
    assert "the host has seen 2" in without.error


async def test_a_step_under_way_stops_when_its_run_loses_the_lock(folder) -> None:
    async with held({"folder": folder.transport}, "alice", "", "r1") as lock:
        path = folder.root / "var/lib/holdfast/lock.json"
        taken = {**json.loads(path.read_text()), "run_id": "r2", "holder": "bob", "epoch": 2}
        (folder.root / "taken").write_text(json.dumps(taken))
        take = Run(("cp", str(folder.root / "taken"), str(path)))
        step = Step("s", "folder", (take, Run(("touch", str(folder.root / "late")))), "")
        result = await act(folder.transport, "r1", step, epoch=lock.epoch)
    assert (result.done, "given to bob since" in result.error) == (1, True)
    assert not (folder.root / "late").exists()


async def test_a_lock_of_the_version_before_is_understood_and_a_damaged_one_told(folder) -> None:
    path = folder.root / "var/lib/holdfast/lock.json"
    path.parent.mkdir(parents=True)
    old = {"run_id": "r0", "holder": "ghost", "why": "", "machine": "", "pid": 0}
    path.write_text(json.dumps({**old, "boot": "0", "since": 0, "expires": 9}))
    async with held({"folder": folder.transport}, "bob", "", "r1") as lock:
        assert (lock.epoch, lock.taken_over[0].holder) == (1, "ghost")
    path.write_text("{torn")
    with pytest.raises(Unreachable, match=r"lock\.json is damaged: see that no run is at work"):
        async with held({"folder": folder.transport}, "bob", "", "r2"):
            raise AssertionError("which epochs were seen was guessed")
    assert "is damaged" in (await act(folder.transport, "r1", Step("s", "folder", (), ""), epoch=1)).error


def asking(verb: str, run: str, force: object) -> dict[str, object]:
    who = {"holder": run, "why": "", "machine": "", "pid": 0}
    return {
        "verb": "acquire" if verb == "force" else verb,
        "run_id": run,
        "force": force,
        "lease_seconds": 15.0,
        "epoch": 0,
        **who,
    }


def allowed_again(story: Story, decide: Callable[..., tuple[dict[str, object], dict[str, object]]]) -> bool:
    """Whether a host ever acts for a grant after a later one; each grant is (run, epoch)."""
    lock: dict[str, object] = {}
    now, boot, grants = 0.0, 1, list[tuple[str, int]]()
    for verb, run, wait in story:
        now += wait if verb == "wait" else 0
        boot += verb == "reboot"
        if verb in ("acquire", "renew", "release", "force"):
            force = lock.get("run_id", "") if verb == "force" else ""
            lock, reply = decide(lock, asking(verb, run, force), str(boot), now)
            if verb in ("acquire", "force") and reply["granted"]:
                grants.append((run, int(lock["epoch"])))  # type: ignore[call-overload]
        if any(refusal(lock, *grant) == "" for grant in grants[:-1]):
            return True
    return False


@settings(deadline=None)
@given(stories)
def test_no_host_acts_for_a_grant_after_a_later_one(story: Story) -> None:
    assert not allowed_again(story, decide)


def test_a_lock_that_forgets_its_epoch_is_found_out() -> None:
    def forgetful(record, request, boot, now):
        after, reply = decide(record, request, boot, now)
        return ({} if after["released"] else {**after, "epoch": 1}), reply

    story = [("acquire", "r1", 0.0), ("wait", "", 16.0), ("acquire", "r2", 0.0)]
    story += [("release", "r2", 0.0), ("acquire", "r1", 0.0)]
    assert allowed_again(story, forgetful)
    assert not allowed_again(story, decide)
