"""What the schema does not want is answered in words of our own, and they say what may stand there."""

import json
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from clouds import EXAMPLES, KNOWN
from pydantic import ValidationError

from holdfast.model.cloudfile import schema
from holdfast.model.cloudfile.complaint import complaint
from holdfast.model.cloudfile.errors import CloudFileError
from holdfast.model.cloudfile.reader import parse
from holdfast.model.cloudfile.tree import Place, Table, grow, plain

MORE = {
    "region": "RegionOne",
    "timers": "tuned",
    "firewall": "none",
    "time_servers": ["ntp.example"],
    "promises": {"power-address": {"identity": "1"}},
    "secrets": {"admin": {"env": "MINE"}, "database.keystone": {"command": ["pass"]}},
    "tls": {"certificate": "a", "key": "b", "ca": "c"},
    "config": {"keystone": {"keystone.conf": {"token": {"expiration": "60"}}}},
    "ssh_key": "mine",
}
MORE_OF_A_HOST = {"ssh": {"user": "root", "port": "22", "jump": "ops@gate:22"}}
ODD: tuple[Any, ...] = (None, "", [], {}, "-1", "9" * 12, "nan", "a b", "\u00e9", [[]], [None], {"A b": None})


def whole() -> dict[str, Any]:
    """A cloud file with every key, as it is before it is looked at."""
    tree, _ = grow((EXAMPLES / "networks.yaml").read_text())
    values: dict[str, Any] = plain(tree) | MORE
    values["hosts"] = [values["hosts"][0] | MORE_OF_A_HOST]
    return values


def paths(tree: Any, way: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The way to every value."""
    inner = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for step, value in inner:
        yield (*way, step)
        yield from paths(value, (*way, step))


def with_at(path: tuple[str | int, ...], odd: object) -> dict[str, Any]:
    """The whole file with something else at one place."""
    tree = deepcopy(whole())
    at: Any = tree
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = odd
    return tree


def errors(values: dict[str, Any]) -> tuple[CloudFileError, ...]:
    try:
        schema.CloudSection.model_validate(values)
    except ValidationError as invalid:
        nowhere = Table(Place(1, 1))
        return tuple(complaint(nowhere, e["type"], e["loc"], e.get("ctx", {})) for e in invalid.errors())
    return ()


def test_the_whole_file_is_valid() -> None:
    assert errors(whole()) == ()
    assert parse(json.dumps(whole()), KNOWN).hosts[0].ssh_jump == "ops@gate:22"


@pytest.mark.parametrize("odd", ODD, ids=repr)
def test_every_odd_value_is_told_in_words_of_our_own(odd: object) -> None:
    for path in paths(whole()):
        for error in errors(with_at(path, odd)):
            told = f"{path}: {error}"
            assert "should" not in told and "match" not in told and "does not fit" not in told, told


def test_every_pattern_says_what_it_allows() -> None:
    def patterns(part: Any) -> Iterator[str]:
        if isinstance(part, dict):
            yield from (value for key, value in part.items() if key == "pattern" and isinstance(value, str))
            for value in part.values():
                yield from patterns(value)
        elif isinstance(part, list):
            for value in part:
                yield from patterns(value)

    used = set(patterns(schema.CloudSection.model_json_schema()))
    assert used >= {schema.LABEL, schema.MAC}
    assert used == set(schema.ALLOWED)


def test_a_name_that_is_none_says_what_a_name_is() -> None:
    (error,) = (e for e in errors(with_at(("name",), "Three_")) if "cannot be" in e.what)
    assert "a small letter, then small letters, digits and hyphens" in error.why


def test_a_kind_without_words_is_seen() -> None:
    """Planted: an error that the tables do not know must not pass the test above."""
    error = complaint(Table(Place(1, 1)), "a_new_kind", ("name",), {})
    assert "does not fit" in error.why
