"""The end-to-end question takes away what it made, also where it failed half way."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from three_hosts import make_site

from holdfast.model.finding import Finding, Verdict
from holdfast.probes.sessions.access import Node, access_to
from holdfast.probes.sessions.bus import NotPublished, Unconfirmed
from holdfast.probes.sessions.database import Unsure
from holdfast.probes.verify import message, row

ACCESS = access_to(make_site())


@dataclass
class Played:
    """A session of either kind: what is there, and at which call it breaks."""

    breaks: tuple[str, ...] = ()
    there: set[str] = field(default_factory=set)
    closed: bool = False
    node: Node = ACCESS.door("bus").nodes[0]

    def _at(self, call: str) -> None:
        if call in self.breaks:
            errors = {"declare": NotPublished, "delete": NotPublished, "publish": Unconfirmed}
            raise errors.get(call, Unsure)(f"{call} broke")

    def prepare(self) -> None:
        self._at("prepare")

    def insert(self, run: str, _actor: str, _n: int) -> None:
        self.there.add(run)
        self._at("insert")

    def rows(self, _run: str) -> frozenset[tuple[str, int]]:
        self._at("rows")
        return frozenset({("verify", 1)})

    def forget(self, run: str) -> None:
        self._at("forget")
        self.there.discard(run)

    def declare(self) -> None:
        self.there.add("queue")
        self._at("declare")

    def publish(self, _text: str) -> None:
        self._at("publish")

    def peek(self, quiet: float) -> tuple[str, ...]:
        self._at("peek")
        return ("run",)

    def delete(self) -> None:
        self._at("delete")
        self.there.discard("queue")

    def close(self) -> None:
        self.closed = True


def asked(part: Any, session: Played) -> Finding:
    (finding,) = part.ask(ACCESS, "run", lambda *_: session)
    assert session.closed
    return finding  # type: ignore[no-any-return]


@pytest.mark.parametrize("part", [row, message])
def test_what_passed_left_nothing(part: Any) -> None:
    session = Played()
    assert asked(part, session).verdict is Verdict.PASS
    assert session.there == set()


@pytest.mark.parametrize(
    ("part", "breaks"),
    [(row, "insert"), (row, "rows"), (message, "declare"), (message, "publish"), (message, "peek")],
)
def test_what_failed_left_nothing_either(part: Any, breaks: str) -> None:
    session = Played((breaks,))
    finding = asked(part, session)
    assert finding.verdict is Verdict.FAIL and f"{breaks} broke" in finding.detail
    assert "may still be there" not in finding.detail
    assert session.there == set()


@pytest.mark.parametrize(
    ("part", "breaks", "undo"), [(row, "rows", "forget"), (message, "publish", "delete")]
)
def test_what_cannot_be_taken_away_is_told(part: Any, breaks: str, undo: str) -> None:
    detail = asked(part, Played((breaks, undo))).detail
    assert f"{breaks} broke" in detail and "may still be there" in detail and f"{undo} broke" in detail


def test_where_nothing_was_made_nothing_is_told_to_be_left() -> None:
    assert "may still be there" not in asked(row, Played(("prepare", "forget"))).detail
    assert "may still be there" not in asked(message, Played(("declare", "delete"))).detail
