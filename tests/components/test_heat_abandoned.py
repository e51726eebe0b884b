"""What a dead engine left is ended once, and nobody is judged for the database's own silence."""

from __future__ import annotations

from typing import Any

import pymysql
import pytest
from shipped import shipped

PROGRAM = shipped("heat_abandoned")
INTERVAL = 10
PATIENCE = PROGRAM.SILENCE * INTERVAL


class Played:
    """A connection whose database has one stack that was left."""

    def __init__(self) -> None:
        self.left = ["stack"]
        self.taken = False
        self.dead = False
        self.said: list[str] = []

    def cursor(self) -> Played:
        return self

    def __enter__(self) -> Played:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def execute(self, query: str, _values: Any = ()) -> int:
        if self.dead:
            raise pymysql.OperationalError(2013, "lost")
        self.said.append(query.split(" ", 2)[0] + (" stack" if "UPDATE stack" in query else ""))
        self.answer = [(INTERVAL,)] if "report_interval)" in query else [(name,) for name in self.left]
        if "UPDATE stack" not in query:
            return 0
        ended = 0 if self.taken else len(self.left)
        self.left = []
        return ended

    def fetchone(self) -> tuple[Any]:
        return self.answer[0]

    def fetchall(self) -> list[tuple[Any]]:
        return self.answer

    def begin(self) -> None:
        self.said.append("begin")

    def commit(self) -> None:
        self.said.append("commit")

    def _force_close(self) -> None:
        pass


@pytest.fixture
def link() -> Played:
    return Played()


@pytest.fixture
def clock() -> list[float]:
    return [100.0]


@pytest.fixture
def watch(link: Played, clock: list[float]) -> Any:
    """One that has looked for the first time."""
    watch = PROGRAM.Watch(lambda: link, lambda: clock[0])
    assert watch.look() == []
    return watch


def test_what_was_left_is_ended_once_in_one_transaction(watch: Any, link: Played, clock: list[float]) -> None:
    clock[0] += PATIENCE
    assert watch.look() == ["stack"]
    assert link.said[-5:] == ["begin", "UPDATE stack", "UPDATE", "DELETE", "commit"]
    assert watch.look() == []


def test_nobody_is_judged_before_the_database_answered_as_long(
    watch: Any, link: Played, clock: list[float]
) -> None:
    clock[0] += PATIENCE - 1
    link.dead = True
    with pytest.raises(pymysql.MySQLError):
        watch.look()
    link.dead = False
    clock[0] += PATIENCE - 1
    assert watch.look() == []
    clock[0] += PATIENCE - 1
    assert watch.look() == []
    clock[0] += 1
    assert watch.look() == ["stack"]


def test_what_somebody_else_ended_is_left_alone(watch: Any, link: Played, clock: list[float]) -> None:
    link.taken = True
    clock[0] += PATIENCE
    assert watch.look() == []
    assert link.said[-3:] == ["begin", "UPDATE stack", "commit"]
