"""Guards: asked over the whole group just before; one step of a group at a time; where rolling stops."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest
from scene import BROKEN, Scene, begun, fails, step

from holdfast.converge import Happened, patience
from holdfast.hosts.fake import SimulatedHost
from holdfast.hosts.transport import Unreachable
from holdfast.journal import GuardRefused, StepBegun, StepFailed
from holdfast.model.observed import Answer
from holdfast.model.plan import Change, Gate, Guard, Unit

SYNCED = Guard("works", ("a", "b", "c"), "all members are synced", "database", 0.25)
RESTART = Unit("w.service", Change.RESTART)
Answers = Callable[[SimulatedHost, str], Answer]


def restart(host: str, *needs: str, gate: Gate | None = None, guard: Guard = SYNCED):
    return step(f"restart@{host}", host, *needs, action=RESTART, gate=gate, guards=(guard,))


def says(*answers: Answer) -> Answers:
    """The answers in turn; the last one again and again."""
    left = list(answers)
    return lambda _host, _question: left.pop(0) if len(left) > 1 else left[0]


async def test_all_hosts_of_the_group_are_asked_at_the_same_time_before_the_actions(scene: Scene) -> None:
    everybody_asked, asked, done = asyncio.Event(), [], []

    class Asked(SimulatedHost):
        async def run(self, argv, *, stdin=b"", timeout=60):
            if b'"works"' in stdin:
                asked.append(self.host)
                if len(asked) == 3:
                    everybody_asked.set()
                await everybody_asked.wait()
            return await super().run(argv, stdin=stdin, timeout=timeout)

    scene.hosts = {name: Asked(name) for name in "abc"}
    scene.hosts["b"].effect = lambda _host, _action: done.append(sorted(asked)) or ""
    assert (await asyncio.wait_for(scene.walk(restart("b")), 20)).ok
    assert done == [["a", "b", "c"]]


async def test_a_refused_guard_says_who_said_what_and_stops_the_rolling_change(scene: Scene) -> None:
    scene.hosts["b"].answer = says(Answer(False, "one of three"))
    scene.hosts["c"].dead = True
    outcome = await scene.walk(restart("a"), restart("b"), step("other", "a"))
    assert outcome.failed == {
        "restart@a": "not restarted: b says one of three; c cannot be reached: it lost its power; "
        "not so within 0.25 s: all members are synced; the rolling change of database stops here"
    }
    assert outcome.not_started == {"restart@b": "the rolling change of database stopped at restart@a"}
    assert outcome.done == ("other",)
    assert [subject for _, _, subject in scene.hosts["a"].performed] == ["write /other"]
    assert scene.hosts["b"].performed == []
    assert scene.records(StepBegun) == ["other"]
    assert scene.records(StepFailed) == ["restart@a"]
    refused = [e.record for e in scene.journal.read() if isinstance(e.record, GuardRefused)]
    said = {"b": "says one of three", "c": "cannot be reached: it lost its power"}
    assert refused == [GuardRefused("r", "restart@a", "a", "works", said)]


@pytest.mark.parametrize("works", [False, True])
async def test_one_that_does_not_serve_itself_waits_for_nobody_where_members_are_apart(
    scene: Scene, works: bool
) -> None:
    """As when all begin to speak what none of the others understands yet."""
    guard = replace(SYNCED, hosts=("b", "c"), apart=True)
    scene.hosts["b"].answer = says(Answer(False, "does not"))
    scene.hosts["a"].answer = says(Answer(works, "not understood"))
    assert (await scene.walk(restart("a", guard=guard))).ok is not works
    scene.hosts["a"].answer = says(Answer(False, "does not"))
    assert not (await scene.walk(restart("a", guard=replace(guard, apart=False)))).ok


async def test_a_guard_is_asked_until_it_holds_and_what_it_says_is_told(scene: Scene) -> None:
    scene.hosts["c"].answer = says(
        Answer(None, "cannot be asked"), Answer(False, "joining"), Answer(True, "")
    )
    patient = Guard("works", ("b", "c"), "the others are synced", "database", 60)
    assert (await scene.walk(restart("a", guard=patient))).ok
    waiting = [event.text for event in scene.events if event.kind is Happened.WAITING]
    assert waiting == [
        "the others are synced: c says cannot be asked",
        "the others are synced: c says joining",
    ]
    assert scene.order() == ["restart@a"]


async def test_a_refused_step_gives_its_hosts_turn_to_what_may_make_the_guard_hold(scene: Scene) -> None:
    scene.hosts["b"].answer = lambda _host, _question: Answer("/mend" in scene.hosts["a"].files, "not mended")
    patient = Guard("works", ("b",), "it is mended", "database", 60)
    outcome = await asyncio.wait_for(scene.walk(restart("a", guard=patient), step("mend", "a")), 20)
    assert outcome.done == ("mend", "restart@a")


async def test_one_step_of_a_group_at_a_time_from_its_guard_to_its_passed_gate(scene: Scene) -> None:
    """Hosts that are not whole between their restart and the third question after it."""
    behind, guards_while_behind, at_once = dict.fromkeys("abc", 0), [], []

    def effect(host: SimulatedHost, _action: object) -> str:
        behind[host.host] = 3
        at_once.append(sum(left > 0 for left in behind.values()))
        return ""

    def answer(host: SimulatedHost, question: str) -> Answer:
        if question == "group":
            guards_while_behind.append([name for name, left in behind.items() if left])
            return Answer(True, "")
        behind[host.host] -= 1
        return Answer(behind[host.host] <= 0, "still joining")

    for host in scene.hosts.values():
        host.effect, host.answer = effect, answer
    group = Guard("group", ("a", "b", "c"), "", "database")
    walked = await scene.walk(*(restart(h, gate=Gate(h, "works"), guard=group) for h in "abc"))
    assert walked.ok
    assert guards_while_behind == [[]] * 9
    assert max(at_once) == 1
    two = [
        restart("a", gate=Gate("a", "works"), guard=group),
        restart("b", gate=Gate("b", "works"), guard=OTHER),
    ]
    assert (await scene.walk(*two)).ok
    assert max(at_once) == 2, "planted: steps of two groups do overlap, and this test sees it"


OTHER = Guard("group", ("a", "b", "c"), "", "bus")


@pytest.mark.parametrize("how", ["action", "gate", "death"])
async def test_whatever_fails_in_a_guarded_step_stops_its_group_and_no_other(scene: Scene, how: str) -> None:
    a = scene.hosts["a"]
    if how == "action":
        a.effect = fails
    elif how == "gate":
        a.answer = says(Answer(True, ""), Answer(False, "broken"))
    else:
        a.die_after = 1
    alone = Guard("works", ("a",), "", "database")
    action = BROKEN if how == "action" else RESTART
    outcome = await scene.walk(
        step("1", "a", action=action, guards=(alone,), gate=Gate("a", "works", 0.2)),
        step("2", "b", action=RESTART, guards=(Guard("works", ("b",), "", "database"),)),
        step("3", "c", action=RESTART, guards=(Guard("works", ("c",), "", "bus"),)),
        step("4", "b", action=RESTART),
    )
    assert set(outcome.failed) == {"1"}
    assert outcome.not_started == {"2": "the rolling change of database stopped at 1"}
    assert set(outcome.done) == {"3", "4"}


async def test_a_host_lost_before_its_turn_leaves_the_decision_to_the_guard(scene: Scene) -> None:
    scene.hosts["a"].die_after = 1
    rest = Guard("works", ("b", "c"), "the others are synced", "database")
    outcome = await scene.walk(
        step("0", "a", action=BROKEN), restart("a", "0", guard=rest), step("1", "a"), restart("b", guard=rest)
    )
    assert "restart@b" in outcome.done


async def test_a_lost_host_shortens_the_wait_of_those_that_ask_for_it(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "BEREFT", 0.2)
    scene.hosts["c"].die_after = 1
    patient = Guard("works", ("b", "c"), "the others are synced", "database", 600)
    walk = scene.walk(step("0", "c"), restart("a", guard=patient))
    reason = (await asyncio.wait_for(walk, 30)).failed["restart@a"]
    assert "c cannot be reached" in reason
    assert "within 0.2 s after a host was lost (without c)" in reason


async def test_one_host_that_cannot_be_reached_for_a_moment_is_asked_again(scene: Scene) -> None:
    broken = [True]

    def answer(host: SimulatedHost, _question: str) -> Answer:
        if broken and broken.pop():
            raise Unreachable(host.host, "the connection was lost", "")
        return Answer(True, "")

    scene.hosts["b"].answer = answer
    assert (await scene.walk(restart("a", guard=Guard("works", ("b",), "", "g", 30)))).ok


async def test_cancelled_while_a_guard_refuses_nothing_is_begun(scene: Scene) -> None:
    scene.hosts["b"].answer = says(Answer(False, "never"))
    patient = Guard("works", ("b",), "", "database", 600)
    walk = scene.walk(step("0", "c"), restart("a", guard=patient), restart("b", guard=patient))
    task = asyncio.create_task(walk)
    await begun(scene, task)
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(task, 20)
    assert scene.hosts["a"].performed == scene.hosts["b"].performed == []


@pytest.mark.parametrize(
    ("guard", "fault"),
    [
        (Guard("works", ("z",), "", "g"), "no way to host z"),
        (Guard("unheard", ("a",), "", "g"), "no question unheard on a"),
        (Guard("works", (), "", "g"), "guard works asks nobody"),
    ],
)
async def test_a_guard_that_cannot_be_asked_is_refused_untouched(
    scene: Scene, guard: Guard, fault: str
) -> None:
    with pytest.raises(ValueError, match=fault):
        await scene.walk(restart("a", guard=guard))
    assert list(scene.journal.read()) == []
