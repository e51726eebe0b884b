"""What a design costs to judge grows with its hosts, and not with their square: counted, not timed."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from types import FrameType

import pytest
from clouds import WORDS, site_of

from holdfast.checks import check_design
from holdfast.front.starter import starter
from holdfast.model.cloudfile.reader import parse


def calls(work: Callable[[], object]) -> int:
    """How many Python functions it calls."""
    count = 0

    def seen(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal count
        count += event == "call"

    sys.setprofile(seen)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


def text(role: str, more: int) -> str:
    """Three controllers and more hosts of one role."""
    hosts = "".join(
        f"  - {{name: h{i}, address: 198.18.9.{i + 1}, roles: [{role}], zone: z{i}}}\n" for i in range(more)
    )
    return starter(3).replace("198.18.0.0/24", "198.18.0.0/16").replace("services:\n", f"{hosts}services:\n")


@pytest.mark.parametrize("role", ["api", "cache", "database", "messaging"])
def test_judging_twice_the_hosts_costs_twice_as_much(role: str) -> None:
    now = datetime.now(UTC)
    few, many = (site_of(parse(text(role, more), WORDS)) for more in (60, 120))
    check_design(few, now)
    assert calls(lambda: check_design(many, now)) < 2.4 * calls(lambda: check_design(few, now))


def test_reading_twice_the_hosts_costs_twice_as_much() -> None:
    few, many = text("api", 60), text("api", 120)
    parse(few, WORDS)
    assert calls(lambda: parse(many, WORDS)) < 2.2 * calls(lambda: parse(few, WORDS))


def test_what_grows_with_the_square_is_seen() -> None:
    """Planted."""

    def one() -> None:
        pass

    def pairs(count: int) -> None:
        for _ in range(count * count):
            one()

    assert calls(lambda: pairs(60)) > 2.4 * calls(lambda: pairs(30))
