"""Addresses of both families where a port may follow."""

import pytest

from holdfast.model.address import at_port, bracketed, family, numbers


def test_brackets_stand_around_ipv6_alone() -> None:
    assert [bracketed(a) for a in ("198.18.0.1", "fd00::1", "db.example.org")] == [
        "198.18.0.1", "[fd00::1]", "db.example.org",
    ]  # fmt: skip
    assert at_port("fd00::1", 80) == "[fd00::1]:80" and at_port("198.18.0.1", 80) == "198.18.0.1:80"


def test_family() -> None:
    assert (family("198.18.0.1"), family("fd00::1")) == (4, 6)
    with pytest.raises(ValueError, match="db"):
        family("db")


def test_numbers() -> None:
    assert numbers("198.18.0.1") == (198, 18, 0, 1)
    assert numbers("fd00:18::1") == (0xFD00, 0x18, 0, 0, 0, 0, 0, 1)
