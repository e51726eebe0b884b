"""Starters and examples are whole, commented cloud files that say what they are."""

import re
from pathlib import Path
from typing import get_args

import pytest

from holdfast.artefact import known_series
from holdfast.components import catalogue
from holdfast.front.starter import Size, offered, starter
from holdfast.model.cloud import SINGLE_ROLES, Role
from holdfast.model.cloudfile import parse, read

EXAMPLES = Path(__file__).parent.parent / "examples"
SIZES: tuple[Size, ...] = get_args(Size)


@pytest.mark.parametrize("size", SIZES)
def test_every_starter_is_a_valid_cloud(size: Size) -> None:
    cloud = parse(starter(size), catalogue(), known_series())
    assert len(cloud.hosts) == size
    assert all(h.roles == SINGLE_ROLES for h in cloud.hosts)
    assert cloud.services == tuple(c.name for c in offered(catalogue()))
    zones = {h.zone for h in cloud.hosts}
    assert len(zones) == size if size > 1 else zones == {""}


def test_a_name_can_be_given() -> None:
    assert parse(starter(3, "mine"), catalogue()).name == "mine"


def test_one_host_is_honest() -> None:
    assert "NOT highly available" in starter(1)
    assert "NOT highly available" not in starter(3)


@pytest.mark.parametrize("size", SIZES)
def test_every_key_is_explained(size: Size) -> None:
    """A comment stands above each key, or above the block of keys it begins."""
    lines = starter(size).splitlines()
    for number, line in enumerate(lines):
        if re.match(r"[a-z_]+:", line) and not line.startswith("network:"):
            assert lines[number - 1].startswith("#"), line


def uncommented(text: str) -> str:
    """A starter with its optional parts: what follows a bare `#` in a paragraph of comments."""
    paragraphs = text.split("\n\n")
    for n, paragraph in enumerate(paragraphs[1:], 1):
        words, mark, option = paragraph.partition("\n#\n")
        if mark:
            paragraphs[n] = words + "\n" + re.sub(r"(?m)^# ", "", option)
    return "\n\n".join(paragraphs).replace("# ssh:", "ssh:")


@pytest.mark.parametrize("size", SIZES)
def test_what_is_commented_out_is_valid_too(size: Size) -> None:
    cloud = parse(uncommented(starter(size)), catalogue(), known_series())
    assert cloud.promises and cloud.secrets and cloud.certificate and cloud.ssh_key


def test_the_example_of_three_is_the_starter() -> None:
    assert (EXAMPLES / "three-controllers.yaml").read_text() == starter(3)
    assert (EXAMPLES / "one-host.yaml").read_text() == starter(1)


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_example_is_named_for_its_file(path: Path) -> None:
    assert read(path, catalogue(), known_series()).name == path.stem


def test_split_roles_are_on_hosts_of_their_own() -> None:
    cloud = read(EXAMPLES / "split-roles.yaml", catalogue(), known_series())
    assert {role: len(cloud.with_role(role)) for role in SINGLE_ROLES} == {
        Role.ENDPOINT: 2,
        Role.API: 2,
        Role.CACHE: 2,
        Role.DATABASE: 3,
        Role.MESSAGING: 3,
    }
    assert all(
        len(h.roles & {Role.ENDPOINT, Role.API, Role.DATABASE, Role.MESSAGING}) == 1 for h in cloud.hosts
    )
