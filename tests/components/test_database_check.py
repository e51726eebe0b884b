"""Who writes is a row of the database: one member at a time says so, whatever is lost or returns."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

import pytest
from shipped import shipped

PROGRAM = shipped("database_check")
WRITER, STANDBY, OUT = PROGRAM.WRITER, PROGRAM.STANDBY, PROGRAM.OUT
NAMES = ("a", "b", "c")
HANDOVER = 0.5


@dataclass
class Group:
    """The members of a database: one row for all that are in it, and who of them answers."""

    row: str = ""
    time: float = 100.0
    members: set[str] = field(default_factory=lambda: set(NAMES))
    ill: set[str] = field(default_factory=set)
    nodes: dict[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in NAMES:
            self.nodes[name] = PROGRAM.Node(name, Local(self, name), HANDOVER, self.serves, lambda: self.time)

    def says(self, name: str) -> int:
        """What the check of a member answers."""
        return int(self.nodes[name].verdict()[0])  # type: ignore[attr-defined]

    def serves(self, name: str) -> bool:
        if name not in self.nodes:
            return False
        status, why = self.nodes[name].verdict()  # type: ignore[attr-defined]
        return bool(status == WRITER or "takes over" in why)

    def passes(self, seconds: float, order: tuple[str, ...] = NAMES) -> None:
        """Everybody looks every tenth of a second."""
        for _ in range(round(seconds * 10)):
            for name in order:
                self.nodes[name].look()  # type: ignore[attr-defined]
            self.time += 0.1

    @property
    def writers(self) -> list[str]:
        return [name for name in NAMES if self.says(name) == WRITER]


@dataclass
class Local:
    """One member's own server."""

    group: Group
    name: str

    def view(self) -> object:
        if self.name not in self.group.members or self.name in self.group.ill:
            return PROGRAM.View("wsrep_cluster_status is non-Primary")
        return PROGRAM.View("", self.group.row, tuple(sorted(self.group.members)))

    def take(self, own: str, writer: str) -> bool:
        if self.name not in self.group.members or self.group.row != writer:
            return False
        self.group.row = own
        return True


@pytest.fixture
def group() -> Group:
    """Three members, of which `a` became the writer."""
    made = Group()
    made.passes(2)
    assert (made.row, made.writers) == ("a", ["a"])
    return made


def test_all_but_the_writer_stand_by(group: Group) -> None:
    assert [group.says(name) for name in NAMES] == [WRITER, STANDBY, STANDBY]


def test_a_writer_that_is_gone_is_replaced_by_one_member(group: Group) -> None:
    group.members.remove("a")
    group.passes(0.4)
    assert group.writers == []
    group.passes(0.4)
    assert (group.row, group.writers) == ("b", ["b"])


def test_one_that_returns_does_not_get_the_role_back(group: Group) -> None:
    group.members.remove("a")
    group.passes(2)
    group.members.add("a")
    group.passes(5)
    assert group.writers == ["b"]


def test_while_the_old_writer_is_a_member_the_new_one_keeps_back_until_balancers_took_it_out(
    group: Group,
) -> None:
    group.ill.add("a")
    group.passes(HANDOVER + 0.2)
    assert (group.row, group.says("b"), group.writers) == ("b", STANDBY, [])
    group.passes(HANDOVER)
    assert group.writers == ["b"]


def test_a_hiccup_moves_nothing(group: Group) -> None:
    for _ in range(5):
        group.ill.add("a")
        group.passes(0.4)
        group.ill.clear()
        group.passes(0.2)
    assert group.writers == ["a"]


def test_who_is_cut_off_serves_nobody_and_takes_nothing(group: Group) -> None:
    group.members = {"a", "b"}
    group.passes(3)
    assert (group.row, group.says("c")) == ("a", OUT)


def test_a_change_that_came_too_late_makes_no_writer(group: Group) -> None:
    group.members.remove("a")
    candidate = group.nodes["c"]
    group.row = "b"  # the other survivor's change came first
    candidate._take("a")  # type: ignore[attr-defined]
    assert (group.row, group.says("c")) == ("b", STANDBY)


@pytest.mark.parametrize("seed", range(20))
def test_never_two_at_once_whatever_happens(seed: int) -> None:
    chance, group = random.Random(seed), Group()
    for _ in range(60):
        match chance.randrange(3):
            case 0:
                group.members = set(chance.sample(NAMES, chance.choice((2, 3))))
            case 1:
                group.ill = set(chance.sample(NAMES, chance.choice((0, 1))))
        for _ in range(chance.randrange(1, 12)):
            group.passes(0.1, tuple(chance.sample(NAMES, 3)))
            assert len(group.writers) <= 1
    group.members, group.ill = set(NAMES), set()
    group.passes(3)
    assert len(group.writers) == 1


def test_nobody_and_a_silent_check_do_not_serve() -> None:
    assert PROGRAM.serves("", 1, 0.1) is False
    assert PROGRAM.serves("127.0.0.1", 1, 0.1) is False
