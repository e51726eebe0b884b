"""Starters and examples are whole, commented cloud files that say what they are."""

import re
from ipaddress import ip_network
from pathlib import Path
from typing import get_args

import pytest
from clouds import KNOWN, WORDS

from holdfast.components import services
from holdfast.front.starter import Size, WrongName, WrongNetwork, named, starter
from holdfast.model.cloudfile.reader import parse, read
from holdfast.model.role import CONTROLLER

EXAMPLES = Path(__file__).parent.parent / "examples"
SIZES: tuple[Size, ...] = get_args(Size)


@pytest.mark.parametrize("size", SIZES)
def test_every_starter_is_a_valid_cloud(size: Size) -> None:
    cloud = parse(starter(size), KNOWN)
    assert len(cloud.hosts) == size
    assert all(h.roles >= WORDS.expanded((CONTROLLER,)) for h in cloud.hosts)
    assert cloud.services == tuple(s.name for s in services() if s.published)
    zones = {h.zone for h in cloud.hosts}
    assert len(zones) == size if size > 1 else zones == {""}


def test_a_name_can_be_given() -> None:
    assert parse(starter(3, "mine"), WORDS).name == "mine"


@pytest.mark.parametrize("network", ["192.0.2.0/24", "10.20.30.32/27", "fd00:18::/64"])
@pytest.mark.parametrize("size", SIZES)
def test_a_network_can_be_given(size: Size, network: str) -> None:
    cloud = parse(named(size, "mine", network), KNOWN)
    ground = ip_network(network)
    assert cloud.name == "mine" and cloud.networks[0].cidr == network
    assert cloud.address == str(ground[10])
    assert [host.address for host in cloud.hosts] == [str(ground[11 + n]) for n in range(size)]
    assert "RFC 2544" in starter(size) and "RFC 2544" not in named(size, "mine", network)


@pytest.mark.parametrize("network", ["", "x", "192.0.2.1/24", "192.0.2.0/28", "192.0.2.0/32"])
def test_a_network_that_holds_no_cloud_is_refused_with_the_cure(network: str) -> None:
    with pytest.raises(WrongNetwork, match=r"--network.*(192.0.2.0/24|a /27)"):
        starter(3, "mine", network)


@pytest.mark.parametrize("name", ["9x", "a b", "x: y", "a" * 70])
def test_a_name_that_no_cloud_can_have_is_refused(name: str) -> None:
    with pytest.raises(WrongName, match="name"):
        named(3, name, "192.0.2.0/24")


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
    cloud = parse(uncommented(starter(size)), KNOWN)
    assert cloud.promises and cloud.secrets and cloud.certificate and cloud.ssh_key


def test_the_example_of_three_is_the_starter() -> None:
    assert (EXAMPLES / "three-controllers.yaml").read_text() == starter(3)
    assert (EXAMPLES / "one-host.yaml").read_text() == starter(1)


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_example_is_named_for_its_file(path: Path) -> None:
    assert read(path, KNOWN).name == path.stem


def test_split_roles_are_on_hosts_of_their_own() -> None:
    cloud = read(EXAMPLES / "split-roles.yaml", KNOWN)
    assert {role: len(held) for role in WORDS.roles if (held := cloud.with_role(role))} == {
        "endpoint": 2,
        "api": 2,
        "cache": 2,
        "database": 3,
        "messaging": 3,
    }
    assert all(len(h.roles & {"endpoint", "api", "database", "messaging"}) == 1 for h in cloud.hosts)
