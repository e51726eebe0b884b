# ruff: noqa: E501 (the table of cases is read by columns)
"""Several networks in a cloud file: what they become, and every error at its place."""

import pytest
from broken_cloud import VALID, errors_of
from clouds import EXAMPLES, WORDS

from holdfast.model.cloud import Cloud
from holdfast.model.cloudfile.reader import parse
from holdfast.model.network import Bond, BondMode, Purpose

SEVERAL = """\
name: nets
release: "2026.2"
networks:
  outer:
    cidr: fd00:1::/64
    purposes: [public]
    virtual_address: fd00:1::10
    gateway: fd00:1::1
  control:
    cidr: 198.18.0.0/24
    purposes: [management, tenant]
    virtual_address: 198.18.0.10
  disks: {cidr: 198.18.2.0/24, purposes: [storage], mtu: 9000}
  world: {purposes: [provider]}
hosts:
  - name: alpha
    address: 198.18.0.11
    roles: [controller]
    bonds:
      bond0: {members: [eth2, eth3], mode: 802.3ad}
    cards:
      outer: {address: "fd00:1::11", interface: eth1}
      disks: {address: 198.18.2.11, interface: bond0, vlan: 120, manage: true}
      world: {mac: "02:00:00:00:00:01"}
services: [keystone]
"""


def changed(old: str, new: str) -> str:
    assert SEVERAL.count(old) == 1, f"{old!r} stands {SEVERAL.count(old)} times"
    return SEVERAL.replace(old, new)


@pytest.fixture
def cloud() -> Cloud:
    return parse(SEVERAL, WORDS)


def test_one_network_is_for_every_purpose() -> None:
    cloud = parse(VALID, WORDS)
    (network,) = cloud.networks
    assert (network.name, network.cidr, network.purposes) == ("control", "198.18.0.0/24", frozenset(Purpose))
    assert cloud.address == cloud.public_address == "198.18.0.10" and cloud.addresses == ("198.18.0.10",)
    host = cloud.host("alpha")
    assert {host.on(purpose) for purpose in Purpose} == {host.address}
    assert [card.network for card in host.cards] == [network]


def test_the_network_for_management_is_the_first(cloud: Cloud) -> None:
    assert [n.name for n in cloud.networks] == ["control", "outer", "disks", "world"]
    assert (cloud.address, cloud.public_address) == ("198.18.0.10", "fd00:1::10")
    assert cloud.addresses == ("198.18.0.10", "fd00:1::10")
    assert cloud.network(Purpose.PUBLIC).gateway == "fd00:1::1"
    assert cloud.network(Purpose.STORAGE).mtu == 9000


def test_a_host_has_an_address_for_each_purpose(cloud: Cloud) -> None:
    host = cloud.host("alpha")
    assert [card.network.name for card in host.cards] == ["control", "outer", "disks", "world"]
    assert host.on(Purpose.PUBLIC) == "fd00:1::11" and host.on(Purpose.STORAGE) == "198.18.2.11"
    assert host.on(Purpose.TENANT) == host.on(Purpose.MANAGEMENT) == host.address
    assert host.on(Purpose.PROVIDER) == host.address, "a bare card has no address to be on"
    assert host.bonds == (Bond("bond0", ("eth2", "eth3"), BondMode.LACP),)


def test_cards_are_left_alone_unless_told_otherwise(cloud: Cloud) -> None:
    assert [card.network.name for card in cloud.host("alpha").cards if card.manage] == ["disks"]
    assert cloud.host("alpha").cards[2].device == "bond0.120"


def test_a_purpose_without_a_network_is_served_by_that_for_management() -> None:
    text = changed(
        "    purposes: [public]\n    virtual_address: fd00:1::10\n    gateway: fd00:1::1\n",
        "    purposes: [provider]\n",
    )
    cloud = parse(
        text.replace("  world: {purposes: [provider]}\n", "").replace(
            '      world: {mac: "02:00:00:00:00:01"}\n', ""
        ),
        WORDS,
    )
    assert cloud.public_address == cloud.address == "198.18.0.10"


def test_the_example_is_valid() -> None:
    assert len(parse((EXAMPLES / "networks.yaml").read_text(), WORDS).networks) == 5


CASES = {
    "both ways": ("hosts:", "network: {cidr: 10.0.0.0/24, virtual_address: 10.0.0.1}\nhosts:", [(3, 1, "'network' and 'networks' are given")]),
    "purpose twice": ("[storage]", "[storage, tenant]", [(13, 52, "the purpose 'tenant' is given twice")]),
    "purpose twice in one": ("[storage]", "[storage, storage]", [(13, 52, "the purpose 'storage' is given twice")]),
    "purpose unknown": ("[storage]", "[storrage]", [(13, 43, "'purposes' cannot be 'storrage'")]),
    "no purposes": ("[storage]", "[]", [(13, 32, "'purposes' cannot be an empty list")]),
    "no management": ("[management, tenant]", "[tenant]", [(3, 1, "no network is for management"), (12, 5, "'control' has no use for 'virtual_address'"), (16, 11, "the host has no card on network 'control'")]),
    "no range for management": ("    cidr: 198.18.0.0/24\n", "", [(9, 3, "'cidr' is missing in 'control'")]),
    "no public address": ("    virtual_address: fd00:1::10\n", "", [(4, 3, "'virtual_address' is missing in 'outer'")]),
    "address that nothing moves": ("mtu: 9000", "virtual_address: 198.18.2.1", [(13, 53, "'disks' has no use for 'virtual_address'")]),
    "MTU too small": ("9000", "900", [(13, 58, "'mtu' cannot be '900'")]),
    "overlap": ("cidr: 198.18.2.0/24", "cidr: 198.18.0.0/16", [(13, 17, "198.18.0.0/16 overlaps another network")]),
    "IPv6 with host bits": ("fd00:1::/64", "fd00:1::5/64", [(5, 11, "fd00:1::5/64 is not the start of a network")]),
    "IPv6 too small": ("fd00:1::/64", "fd00:1::/127", [(5, 11, "fd00:1::/127 is too small")]),
    "IPv6 link-local": ("fd00:1::/64", "fe80::/64", [(5, 11, "fe80::/64 cannot hold hosts")]),
    "address of IPv6 outside": ('"fd00:1::11"', '"fd00:2::11"', [(22, 24, "fd00:2::11 is outside the network")]),
    "the network's own IPv6": ('"fd00:1::11"', '"fd00:1::"', [(22, 24, "fd00:1:: is the network's own address")]),
    "gateway outside": ("gateway: fd00:1::1\n", "gateway: 10.0.0.1\n", [(8, 14, "10.0.0.1 is outside the network")]),
    "gateway is a host": ("gateway: fd00:1::1\n", "gateway: fd00:1::11\n", [(22, 24, "the address fd00:1::11 is given twice")]),
    "card of another network's address": ("address: 198.18.2.11", "address: 198.18.0.12", [(23, 24, "198.18.0.12 is outside the network")]),
    "card on no network": ("      outer:", "      outre:", [(16, 11, "the host has no card on network 'outer'"), (22, 7, "unknown network 'outre'")]),
    "no card where clients come": ('      outer: {address: "fd00:1::11", interface: eth1}\n', "", [(16, 11, "the host has no card on network 'outer'")]),
    "no address where clients come": ('address: "fd00:1::11", ', "", [(22, 7, "'address' is missing in the card on 'outer'")]),
    "address again": ("      disks:", "      control: {address: 198.18.0.13}\n      disks:", [(23, 17, "the address stands here again")]),
    "address without a range": ("{mac:", "{address: 10.0.0.1, mac:", [(24, 15, "the card cannot have an address")]),
    "VLAN too high": ("vlan: 120", "vlan: 4095", [(23, 61, "'vlan' cannot be '4095'")]),
    "VLAN on nothing": ("interface: eth1", "vlan: 7", [(22, 44, "VLAN 7 has nothing to stand on")]),
    "VLAN with too long a name": ("interface: eth1", "interface: enp130s0f1np12, vlan: 7", [(22, 49, "the interface's name is too long")]),
    "interface twice": ("interface: eth1", "interface: bond0, vlan: 120", [(23, 48, "'bond0' is given twice")]),
    "mac twice": ("interface: eth1", 'mac: "02:00:00:00:00:01"', [(24, 20, "'02:00:00:00:00:01' is given twice")]),
    "mac in capitals": ("02:00:00:00:00:01", "02:00:00:00:00:AA", [(24, 20, "'mac' cannot be '02:00:00:00:00:AA'")]),
    "managed unknown": ("interface: eth1", "manage: true", [(22, 7, "the card cannot be managed")]),
    "managed on what is not": ("interface: eth1", "interface: bond0", [(23, 7, "the tagged card cannot be managed")]),
    "manage perhaps": ("manage: true", "manage: maybe", [(23, 74, "'manage' cannot be 'maybe'")]),
    "bond without members": ("[eth2, eth3]", "[]", [(20, 15, "'members' cannot be an empty list")]),
    "bond of another mode": ("802.3ad", "lacp", [(20, 44, "'mode' cannot be 'lacp'")]),
    "bond for nothing": ("interface: bond0", "interface: eth4", [(20, 7, "the bond 'bond0' is used by nothing")]),
    "member with a card": ("interface: eth1", "interface: eth2", [(20, 25, "'eth2' cannot be a member of 'bond0'")]),
    "member twice": ("[eth2, eth3]", "[eth2, eth2]", [(20, 31, "'eth2' cannot be a member of 'bond0'")]),
    "member is a bond": ("[eth2, eth3]", "[eth2, bond0]", [(20, 31, "'bond0' cannot be a member of 'bond0'")]),
    "unknown key in a card": ("vlan: 120", "vlam: 120", [(23, 55, "unknown key 'vlam'")]),
    "unknown key in a bond": ("mode:", "modus:", [(20, 38, "unknown key 'modus'")]),
    "unknown key in a network": ("mtu: 9000", "mut: 9000", [(13, 53, "unknown key 'mut'")]),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new", "expected"), CASES.values(), ids=CASES)
def test_each_error_is_at_its_place(old: str, new: str, expected: list[tuple[int, int, str]]) -> None:
    assert errors_of(changed(old, new)) == expected


def test_a_network_named_like_a_key_is_a_name() -> None:
    text = SEVERAL.replace("disks:", "ssh:").replace("vlan: 120", "vlan: 4095")
    assert errors_of(text) == [(23, 59, "'vlan' cannot be '4095'")]
