"""The walk of a plan on simulated hosts: order, gates, failures, cancellation, what is never told."""

from __future__ import annotations

import asyncio
import gc
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scene import BROKEN, Scene, Slow, begun, fails, step

import holdfast.converge as walking
from holdfast.converge import Event, Happened, converge
from holdfast.hosts.fake import SimulatedHost
from holdfast.hosts.transport import Result, Unreachable
from holdfast.journal import Journal, RunEnded, StepBegun, StepDone, StepFailed
from holdfast.model.observed import Answer, UnitState
from holdfast.model.plan import Change, Gate, Plan, PutFile, Run, Step, Unit, Waiting


async def test_nothing_to_do_asks_no_host(scene: Scene) -> None:
    scene.hosts = {}
    outcome = await scene.walk()
    assert outcome.ok
    assert outcome.done == ()


async def test_needs_come_first_and_all_is_done(scene: Scene) -> None:
    outcome = await scene.walk(step("1", "a"), step("2", "b", "1"), step("3", "a", "2"), step("4", "c"))
    assert outcome.ok
    assert set(outcome.done) == {"1", "2", "3", "4"}
    order = scene.order()
    assert order.index("1") < order.index("2") < order.index("3")
    assert [each.step for each in scene.events if each.finished == 4] == [scene.order(Happened.DONE)[-1]]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30, deadline=None)
@given(data=st.data())
def test_any_plan_is_walked_in_an_order_that_respects_it(data: st.DataObject, tmp_path: Path) -> None:
    steps: list[Step] = []
    for number in range(data.draw(st.integers(0, 8))):
        needs = data.draw(st.sets(st.sampled_from([s.id for s in steps]))) if steps else set()
        broken = data.draw(st.booleans()) and data.draw(st.booleans())
        host = data.draw(st.sampled_from("abc"))
        steps.append(step(str(number), host, *needs, action=BROKEN if broken else None))
    journal = Journal(tmp_path / "any.jsonl")
    journal.path.unlink(missing_ok=True)
    scene = Scene(journal, {name: SimulatedHost(name, effect=fails) for name in "abc"})
    outcome = asyncio.run(scene.walk(*steps))
    order = scene.order()
    wanted_failed = {s.id for s in steps if BROKEN in s.actions}
    stopped: set[str] = set()
    for each in steps:
        if each.needs & (wanted_failed | stopped):
            stopped.add(each.id)
    assert set(outcome.not_started) == stopped
    assert set(outcome.failed) == wanted_failed - stopped
    assert set(outcome.done) == {s.id for s in steps} - wanted_failed - stopped
    assert sorted(order) == sorted(s.id for s in steps if s.id not in stopped)
    assert all(order.index(need) < order.index(s.id) for s in steps if s.id in order for need in s.needs)


async def test_hosts_work_at_the_same_time_but_each_on_one_step(scene: Scene) -> None:
    scene.hosts = {name: Slow(name) for name in "ab"}
    assert (await scene.walk(*(step(f"{h}{n}", h) for n in range(4) for h in "ab"))).ok
    assert [host.most for host in scene.hosts.values()] == [1, 1]
    assert scene.order()[:2] == ["a0", "b0"]
    assert scene.order(Happened.DONE)[0] in {"a0", "b0"}
    assert scene.order()[1] == "b0"  # b began before a was done
    began_before_first_end = [e.kind for e in scene.events[:2]]
    assert began_before_first_end == [Happened.BEGUN, Happened.BEGUN]


async def test_the_journal_knows_of_a_step_before_the_host_does(scene: Scene) -> None:
    seen: list[list[str]] = []

    def look(_host: SimulatedHost, _action: dict[str, Any]) -> str:
        seen.append(scene.records(StepBegun))
        return ""

    scene.hosts["a"].effect = look
    await scene.walk(step("1", "a"))
    assert seen == [["1"]]
    assert scene.records(StepDone) == ["1"]


async def test_a_gate_is_asked_until_it_holds(scene: Scene) -> None:
    said = iter([Answer(False, "one of three"), Answer(None, "broken"), Answer(True, "three of three")])
    scene.hosts["b"].answer = lambda _host, _question: next(said)
    outcome = await scene.walk(step("1", "a", gate=Gate("b", "works", 5)), step("2", "c", "1"))
    assert outcome.ok
    waiting = [event.text for event in scene.events if event.kind is Happened.WAITING]
    assert waiting == ["it works: one of three", "it works: broken"]
    assert scene.order() == ["1", "2"]


async def test_a_gate_with_a_proof_needs_a_new_login_each_time(scene: Scene) -> None:
    """What shuts the operator out is found by nothing else: the connection that stands goes on."""

    @dataclass
    class ShutOut(SimulatedHost):
        async def run_anew(self, argv: tuple[str, ...]) -> Result:
            raise Unreachable(self.host, "refused the connection", "look at its rules")

    @dataclass
    class Unproven(SimulatedHost):
        async def run_anew(self, argv: tuple[str, ...]) -> Result:
            return Result(1, "", "")

    scene.hosts |= {"b": ShutOut("b"), "c": Unproven("c")}
    gates = {host: Gate(host, "works", 0.2, ("prove", "it")) for host in "abc"}
    outcome = await scene.walk(*(step(f"on-{host}", host, gate=gate) for host, gate in gates.items()))
    assert outcome.done == ("on-a",)
    assert "refused the connection" in outcome.failed["on-b"]
    assert "`prove it` ended with 1" in outcome.failed["on-c"]


async def test_a_gate_that_never_holds_fails_with_its_last_value(scene: Scene) -> None:
    scene.hosts["b"].answer = lambda _host, _question: Answer(False, "one of three")
    outcome = await scene.walk(
        step("1", "a", gate=Gate("b", "works", 0.25)), step("2", "c", "1"), step("3", "c")
    )
    assert outcome.failed == {"1": "b: not so within 0.25 s: it works; last seen: one of three"}
    assert outcome.not_started == {"2": "needs 1, which failed"}
    assert outcome.done == ("3",)
    assert scene.records(StepFailed) == ["1"]
    assert not outcome.ok


async def test_a_gate_that_failed_is_due_again_for_the_next_plan(scene: Scene) -> None:
    scene.hosts["b"].answer = lambda _host, _question: Answer(False, "one of three")
    units = (Unit("w.service", Change.START, "d"), Unit("old.service", Change.STOP))
    gate = Gate("b", "works", 0.2)
    start = Step("start@a", "a", units, "why", gate=gate)
    outcome = await scene.walk(start, replace(start, id="start@b", host="b", gate=Gate("a", "works")))
    assert set(outcome.failed) == {"start@a"}
    assert scene.hosts["a"].units["w.service"] == UnitState("active", True, "")
    assert scene.hosts["b"].units["w.service"] == UnitState("active", True, "d")
    assert [subject for _, _, subject in scene.hosts["a"].performed][-1] == "forget what w.service runs with"
    assert outcome.failed["start@a"].endswith("last seen: one of three")
    story = scene.journal.last_run()
    assert story is not None
    assert dict(story.failed) == outcome.failed


async def test_a_host_that_cannot_be_told_to_forget_is_told_to_the_operator(scene: Scene) -> None:
    def answer(_host: SimulatedHost, _question: str) -> Answer:
        scene.hosts["a"].dead = True
        return Answer(False, "one of three")

    scene.hosts["b"].answer = answer
    unit = Unit("w.service", Change.START, "d")
    outcome = await scene.walk(step("1", "a", action=unit, gate=Gate("b", "works", 0.2)))
    assert "w.service stays on record as done, and the next plan will not see it" in outcome.failed["1"]
    assert "lost its power" in outcome.failed["1"]


async def test_a_failure_stops_only_what_needs_it(scene: Scene) -> None:
    scene.hosts["a"].effect = fails
    outcome = await scene.walk(
        step("1", "a", action=BROKEN),
        step("2", "b", "1"),
        step("3", "c", "2"),
        step("4", "a"),
        step("5", "c", "4"),
    )
    assert outcome.failed == {"1": "a: run `break`: it broke"}
    assert outcome.not_started == {"2": "needs 1, which failed", "3": "needs 2, which was not started"}
    assert set(outcome.done) == {"4", "5"}
    assert set(outcome.problems) == {"1", "2", "3"}


async def test_a_host_that_dies_fails_its_own_steps_and_no_others(scene: Scene) -> None:
    scene.hosts["a"].die_after = 1
    outcome = await scene.walk(
        step("1", "a"), step("2", "a"), step("3", "b"), step("4", "b", "3"), step("5", "c", "2")
    )
    assert set(outcome.failed) == {"1", "2"}
    assert all("lost its power" in reason for reason in outcome.failed.values())
    assert set(outcome.not_started) == {"5"}
    assert set(outcome.done) == {"3", "4"}
    assert len(scene.hosts["a"].performed) == 1


async def test_a_gate_on_a_dead_host_does_not_wait_for_its_deadline(scene: Scene) -> None:
    scene.hosts["b"].dead = True
    outcome = await asyncio.wait_for(scene.walk(step("1", "a", gate=Gate("b", "works", 600))), 30)
    assert "lost its power" in outcome.failed["1"]


async def test_what_waits_for_its_host_is_told_and_journalled_and_stops_nothing(scene: Scene) -> None:
    del scene.hosts["c"]
    waiting = (Waiting("2", "c", "it cannot be reached"), Waiting("3", "b", "it was not chosen"))
    outcome = await scene.walk(step("1", "a"), waiting=waiting)
    assert outcome.done == ("1",)
    assert outcome.waiting == waiting
    assert outcome.problems == {
        "2": "waits for c: it cannot be reached",
        "3": "waits for b: it was not chosen",
    }
    assert not outcome.ok
    left_out = [(event.step, event.host, event.text) for event in scene.events][:2]
    assert left_out == [("2", "c", "it cannot be reached"), ("3", "b", "it was not chosen")]
    assert scene.order(Happened.LEFT_OUT) == ["2", "3"]
    ended = [entry.record for entry in scene.journal.read()][-1]
    assert isinstance(ended, RunEnded)
    assert (ended.done, ended.failed, ended.not_started, ended.waiting) == (1, 0, 0, 2)
    with pytest.raises(ValueError, match="1 waits, and is to be done"):
        await scene.walk(step("1", "a"), waiting=(Waiting("1", "a", ""),))


async def test_one_lost_connection_at_a_gate_is_an_accident(scene: Scene) -> None:
    broken = [True]

    def answer(host: SimulatedHost, _question: str) -> Answer:
        if broken and broken.pop():
            raise Unreachable(host.host, "the connection was lost", "")
        return Answer(True, "")

    scene.hosts["b"].answer = answer
    assert (await scene.walk(step("1", "a", gate=Gate("b", "works", 5)))).ok


async def test_cancelled_it_ends_what_runs_begins_nothing_and_says_so(scene: Scene) -> None:
    scene.hosts = {"a": Slow("a", seconds=0.2), "b": SimulatedHost("b")}
    task = asyncio.create_task(scene.walk(step("1", "a"), step("2", "a"), step("3", "b", "1")))
    await begun(scene, task)
    with pytest.raises(asyncio.CancelledError):
        await task
    assert scene.records(StepBegun) == scene.records(StepDone) == ["1"]
    assert scene.hosts["b"].performed == []
    ended = [entry.record for entry in scene.journal.read()][-1]
    assert isinstance(ended, RunEnded)
    assert ended.interrupted


async def test_cancelled_it_leaves_nothing_for_python_to_print(scene: Scene) -> None:
    scene.hosts = {"a": Slow("a", seconds=0.05), "b": SimulatedHost("b")}
    chain = (step("1", "a"), step("2", "a"), step("3", "b", "1", "2"), step("4", "b", "3"))
    task = asyncio.create_task(scene.walk(*chain))
    await begun(scene, task)
    with pytest.raises(asyncio.CancelledError):
        await task
    futures = [each for each in gc.get_objects() if isinstance(each, asyncio.Future) and each.done()]
    assert [each for each in futures if each._log_traceback] == [], "an error that nobody heard of"  # type: ignore[attr-defined]


async def test_cancelled_it_does_not_wait_for_ever(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walking, "LAST_WAIT", 0.05)
    scene.hosts = {"a": Slow("a", seconds=60)}
    task = asyncio.create_task(scene.walk(step("1", "a")))
    await begun(scene, task)
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(task, 20)
    story = scene.journal.last_run()
    assert story is not None
    assert story.unfinished == ("1",)


async def test_a_watcher_that_breaks_stops_the_run_and_is_told(scene: Scene) -> None:
    def watch(_event: Event) -> None:
        raise RuntimeError("the screen is gone")

    with pytest.raises(RuntimeError, match="screen"):
        await converge(Plan((step("1", "a"),)), scene.hosts, {}, scene.journal, watch, run_id="r")
    assert [type(entry.record) for entry in scene.journal.read()][-1] is RunEnded


@pytest.mark.parametrize(
    ("steps", "fault"),
    [
        ((step("1", "a", "2"), step("2", "a")), "1 needs 2, which is not before it"),
        ((step("1", "z"),), "no way to host z"),
        ((step("1", "a", gate=Gate("a", "unheard")),), "no question unheard on a"),
        ((step("1", "a"), step("1", "b")), "1 is there twice"),
    ],
)
async def test_a_plan_that_cannot_be_walked_is_refused_untouched(
    scene: Scene, steps: tuple[Step, ...], fault: str
) -> None:
    with pytest.raises(ValueError, match=fault):
        await scene.walk(*steps)
    assert list(scene.journal.read()) == []
    assert all(host.performed == [] for host in scene.hosts.values())


async def test_no_secret_reaches_events_journal_or_reasons(scene: Scene) -> None:
    scene.hosts["a"].effect = fails
    secret = "never-to-be-seen"
    outcome = await scene.walk(
        step("1", "a", action=PutFile("/s", secret, secret=True)),
        step("2", "a", action=Run(("break",), stdin=secret, env=(("P", secret),))),
    )
    told = f"{scene.events} {outcome} {scene.journal.path.read_text()} {[str(e) for e in scene.events]}"
    assert secret not in told
    assert scene.hosts["a"].texts["/s"] == secret  # it was there to be told
