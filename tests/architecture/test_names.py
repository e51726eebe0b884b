"""No service's name stands outside `components/`: what is asked by capability works for the next one too."""

from __future__ import annotations

import re
from functools import cache

import pytest
from source import Source, sources

from holdfast.components import catalogue

GENERIC = frozenset({"host", "firewall"})
"""Components whose names are words of the language."""

TOOLS = frozenset({"ca-certificates", "zstd", "socat", "nftables"})
"""Packages that are tools, not services."""

ENGINES = frozenset({"galera", "wsrep", "amqp", "erlang", "epmd", "uwsgi", "mysqld", "mariadbd"})
"""What only a service's own file can know of its engine."""


@cache
def words() -> re.Pattern[str]:
    """Components, their units and packages, each as a word of its own."""
    names = set(ENGINES)
    for component in (c for c in catalogue() if c.name not in GENERIC):
        names |= {component.name, *component.packages}
        names |= {unit.removesuffix(".service") for unit in component.units}
    names -= TOOLS
    return re.compile(rf"(?i)(?<![a-z0-9])(?:{'|'.join(map(re.escape, sorted(names)))})(?![a-z0-9])")


def mentions(source: Source) -> list[str]:
    return [
        f"{source.name}:{number}: {match[0]}"
        for number, line in enumerate(source.text.splitlines(), 1)
        for match in words().finditer(line)
    ]


def test_no_service_is_named() -> None:
    assert [
        m for s in sources() if s.part not in ("components", "releases", "openstack") for m in mentions(s)
    ] == []


@pytest.mark.parametrize("word", ["keystone", "Keystone", "mariadb.service", "rabbitmq", "Galera"])
def test_a_planted_name_is_seen(word: str) -> None:
    assert words().search(f"a line with {word} in it")


def test_the_catalogue_is_where_they_are() -> None:
    found = {s.part for s in sources() if mentions(s)}
    assert "components" in found
