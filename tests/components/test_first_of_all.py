"""Who begins after a stop of all members: never two, never one with less than another has."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shipped import shipped

PROGRAM = shipped("database_start")
Verdict, Word = PROGRAM.Verdict, PROGRAM.Word
NAMES = ("alpha", "bravo", "charlie")


def words(**positions: int) -> dict[str, Any]:
    return {name: Word(f"start of {name}", NAMES, "h1", position) for name, position in positions.items()}


ALL = words(alpha=5, bravo=9, charlie=7)


def test_the_furthest_of_all_begins_and_the_others_wait_for_it() -> None:
    verdicts = {name: PROGRAM.decide(name, ALL, ALL, [])[0] for name in NAMES}
    assert verdicts == {"alpha": Verdict.WAIT, "bravo": Verdict.BEGIN, "charlie": Verdict.WAIT}


def test_of_equals_the_first_in_the_cloud_files_order_begins() -> None:
    equal = words(alpha=5, bravo=5, charlie=5)
    assert [name for name in NAMES if PROGRAM.decide(name, equal, equal, [])[0] is Verdict.BEGIN] == ["alpha"]


def test_one_in_service_is_joined_whatever_the_others_say() -> None:
    assert PROGRAM.decide("bravo", ALL, ALL, ["charlie"]) == (Verdict.JOIN, "charlie is in service")


def test_it_waits_for_a_second_round_that_says_the_same() -> None:
    assert PROGRAM.decide("bravo", ALL, {}, [])[0] is Verdict.WAIT
    again = {**ALL, "charlie": replace(ALL["charlie"], start="another")}
    assert PROGRAM.decide("bravo", ALL, again, [])[0] is Verdict.WAIT


@pytest.mark.parametrize(
    ("heard", "said"),
    [
        (words(alpha=5, bravo=9), "not heard yet: charlie"),
        ({**ALL, "charlie": Word("s", NAMES, "h2", 3)}, "different histories"),
        ({**ALL, "charlie": Word("s", NAMES, "h1", -1)}, "does not know how far"),
        ({**ALL, "charlie": Word("s", ("bravo", "charlie"), "h1", 3)}, "do not agree on who they are"),
    ],
)
def test_what_is_ambiguous_is_waited_out_and_said(heard: dict[str, Any], said: str) -> None:
    for name in ("alpha", "bravo"):
        verdict, why = PROGRAM.decide(name, heard, heard, [])
        assert verdict is Verdict.WAIT and said in why


@dataclass
class Member:
    """A host's database: off, speaking (before its start), joining, expecting a group, or running."""

    state: str = "off"
    position: int = 0
    file: frozenset[str] = frozenset()
    start: int = 0
    round: dict[str, Any] = field(default_factory=dict)
    before: dict[str, Any] = field(default_factory=dict)
    serving: list[str] = field(default_factory=list)

    def turns(self, state: str) -> None:
        self.state, self.round, self.before, self.serving = state, {}, {}, []
        self.start += 1


class Cluster:
    """Every order of boots, stops, power losses, words heard early or never, and decisions made late.

    A round is heard word by word, each at another time: what a member decides from is as old as can be.
    """

    def __init__(self, positions: tuple[int, ...], decide: Callable[..., Any] = PROGRAM.decide) -> None:
        self.decide = decide
        self.members = {n: Member(position=p) for n, p in zip(NAMES, positions, strict=True)}

    @property
    def running(self) -> list[str]:
        return [name for name, member in self.members.items() if member.state == "running"]

    def boot(self, name: str) -> None:
        member = self.members[name]
        if member.state == "off":
            member.turns("expecting" if member.file else "speaking")

    def hear(self, name: str, other: str) -> None:
        member, spoken = self.members[name], self.members[other]
        if member.state == "speaking" and other != name:
            if spoken.state == "speaking":
                member.round[other] = Word(str(spoken.start), NAMES, "h1", spoken.position)
            if spoken.state == "running":
                member.serving.append(other)

    def decides(self, name: str) -> None:
        member = self.members[name]
        if member.state != "speaking":
            return
        own = Word(str(member.start), NAMES, "h1", member.position)
        heard = {**member.round, name: own}
        verdict, _ = self.decide(name, heard, member.before, member.serving)
        member.before, member.round, member.serving = heard, {}, []
        if verdict is Verdict.BEGIN:
            assert not self.running, "a second group began"
            assert member.position == max(m.position for m in self.members.values()), "data would be lost"
            member.turns("running")
        elif verdict is Verdict.JOIN:
            member.turns("joining")

    def meets_the_group_or_gives_up(self, name: str) -> None:
        member = self.members[name]
        if member.state in ("joining", "expecting") and self.running:
            member.position, member.file = self.members[self.running[0]].position, frozenset()
            member.turns("running")
        elif member.state == "joining":
            member.turns("speaking")

    def the_engine_restores_a_group(self, name: str) -> None:
        """Only when each member of it is there, and expects the same."""
        file = self.members[name].file
        there = [m for n, m in self.members.items() if n in file]
        if there and all(m.state == "expecting" and m.file == file for m in there):
            assert not self.running, "a group was restored beside another"
            furthest = max(m.position for m in there)
            for member in there:
                member.turns("running")
                member.position, member.file = furthest, frozenset()

    def write(self) -> None:
        for name in self.running:
            self.members[name].position += 1

    def stop_in_order(self, name: str) -> None:
        self.members[name].turns("off")

    def all_lose_power(self) -> None:
        group = frozenset(self.running)
        for name, member in self.members.items():
            member.file = group if name in group else member.file
            member.turns("off")

    def those_who_run_have_the_same(self) -> None:
        assert len({self.members[name].position for name in self.running}) <= 1


def explore(seed: int, decide: Callable[..., Any] = PROGRAM.decide) -> None:
    """A long history of events, drawn by the seed; words and decisions are the most frequent."""
    draw = random.Random(seed)
    cluster = Cluster(tuple(draw.randrange(4) for _ in NAMES), decide)
    named = [
        (cluster.boot, 4),
        (cluster.decides, 8),
        (cluster.meets_the_group_or_gives_up, 3),
        (cluster.the_engine_restores_a_group, 3),
        (cluster.stop_in_order, 1),
    ]
    calls, weights = [call for call, _ in named], [weight for _, weight in named]
    for _ in range(600):
        if draw.random() < 0.5:
            cluster.hear(*draw.sample(NAMES, 2))
        elif draw.random() < 0.02:
            cluster.all_lose_power()
        elif draw.random() < 0.05:
            cluster.write()
        else:
            draw.choices(calls, weights)[0](draw.choice(NAMES))
        cluster.those_who_run_have_the_same()


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 2**32))
def test_never_two_groups_and_never_less_than_another_had(seed: int) -> None:
    explore(seed)


def _majority(own: str, heard: dict[str, Any], before: dict[str, Any], serving: list[str]) -> Any:
    if serving:
        return Verdict.JOIN, ""
    furthest = max(heard, key=lambda name: heard[name].position)
    many = len(heard) >= 2 and heard == before
    return (Verdict.BEGIN if furthest == own and many else Verdict.WAIT), ""


def _any_equal(own: str, heard: dict[str, Any], before: dict[str, Any], serving: list[str]) -> Any:
    verdict, why = PROGRAM.decide(own, heard, before, serving)
    furthest = max(word.position for word in heard.values())
    mine = len(heard) == 3 and not serving and heard[own].position == furthest
    return (Verdict.BEGIN if mine else verdict), why


@pytest.mark.parametrize("planted", [_majority, _any_equal])
def test_a_planted_rule_that_is_too_quick_is_found(planted: Callable[..., Any]) -> None:
    with pytest.raises(AssertionError):
        for seed in range(3000):
            explore(seed, planted)


def _one_round(own: str, heard: dict[str, Any], _before: dict[str, Any], serving: list[str]) -> Any:
    return PROGRAM.decide(own, heard, heard, serving)


def late_word(decide: Callable[..., Any]) -> Cluster:
    """While alpha listens, charlie restores a group, bravo joins it, and charlie leaves: an old word of
    bravo and a new one of charlie are no picture of one moment.
    """
    cluster = Cluster((2, 1, 2), decide)
    cluster.members["charlie"].file = frozenset({"charlie"})
    cluster.boot("alpha")
    cluster.boot("bravo")
    cluster.hear("alpha", "bravo")
    cluster.boot("charlie")
    cluster.the_engine_restores_a_group("charlie")
    cluster.hear("bravo", "charlie")
    cluster.decides("bravo")
    cluster.meets_the_group_or_gives_up("bravo")
    cluster.stop_in_order("charlie")
    cluster.boot("charlie")
    cluster.hear("alpha", "charlie")
    cluster.decides("alpha")
    return cluster


def test_words_of_different_moments_let_nobody_begin() -> None:
    assert late_word(PROGRAM.decide).running == ["bravo"]
    with pytest.raises(AssertionError, match="a second group"):
        late_word(_one_round)


@pytest.mark.parametrize("order", [NAMES, NAMES[::-1], ("bravo", "charlie", "alpha")])
@pytest.mark.parametrize("positions", [(5, 9, 7), (3, 3, 3), (0, 1, 2)])
def test_when_every_word_is_heard_all_run(order: tuple[str, ...], positions: tuple[int, ...]) -> None:
    cluster = Cluster(positions)
    for name in order:
        cluster.boot(name)
    for _ in range(4):
        for name in order:
            for other in order:
                cluster.hear(name, other)
            cluster.decides(name)
            cluster.meets_the_group_or_gives_up(name)
    assert sorted(cluster.running) == sorted(NAMES)
