"""What a lab refuses before it touches anything, and the names it derives."""

from dataclasses import replace
from pathlib import Path

import pytest

from holdfast.lab import Lab, LabCard, LabError, LabHost, LabNetwork, LabSpec, UnknownName
from holdfast.lab.cables import Cables
from holdfast.lab.complaints import refuse
from holdfast.lab.fabric import Fabric
from holdfast.lab.nameplate import Nameplate, read_nameplate
from holdfast.lab.segment import own_address, parse_subnet
from holdfast.lab.spec import segments

NETWORKS = (
    LabNetwork("management", ("198.18.64.0/24",)),
    LabNetwork("storage", ("198.18.65.0/24", "fd00:65::/64"), mtu=9000),
    LabNetwork("provider", ("198.18.66.0/24",), uplink=True),
    LabNetwork("tenant"),
)


def host(name: str, last: int) -> LabHost:
    """A host on three of the four networks, its card on `tenant` bare."""
    storage = LabCard("storage", (f"198.18.65.{last}", f"fd00:65::{last}"))
    return LabHost(name, (LabCard("management", (f"198.18.64.{last}",)), storage, LabCard("tenant")))


SPEC = LabSpec("trial", NETWORKS, (host("a", 11), host("b", 12)))


def cables(cloud: str, name: str) -> Cables:
    return Cables(Fabric(cloud, segments(SPEC)), name, SPEC.hosts[0].cards)


def test_interface_names_fit_the_kernels_limit_and_differ_between_clouds_hosts_and_networks() -> None:
    long = "a-cloud-with-a-name-much-longer-than-any-interface"
    one, two = cables(long, "controller-1"), cables(long + "-2", "controller-2")
    names = [each.fabric.uplink(segment) for each in (one, two) for segment in segments(SPEC)]
    names += [each.port(network.name) for each in (one, two) for network in NETWORKS]
    assert all(len(name) <= 15 for name in names)
    assert len(set(names)) == len(names)
    assert one.fabric.namespace != two.fabric.namespace
    assert cables(long, "a").namespace != cables(long, "b").namespace


def test_names_and_hardware_addresses_are_the_same_in_a_fresh_process() -> None:
    assert Fabric("one", segments(SPEC)).uplink(segments(SPEC)[0]) == "hf7692c3ad-0"
    address = cables("one", "a").hardware_address("storage")
    assert address == cables("one", "a").hardware_address("storage")
    others = (cables("two", "a").hardware_address("storage"), cables("one", "a").hardware_address("tenant"))
    assert address not in others
    assert int(address.split(":")[0], 16) & 3 == 2  # local, not multicast


def test_a_card_has_the_same_name_in_every_host_and_is_told_by_the_spec() -> None:
    assert [SPEC.interface(network.name) for network in NETWORKS] == ["eth0", "eth1", "eth2", "eth3"]
    with pytest.raises(
        UnknownName, match="no network 'public' in cloud trial; its networks are management, storage"
    ):
        SPEC.interface("public")


def test_this_machine_is_on_the_first_network_and_on_those_it_is_plugged_into() -> None:
    assert [s.own for s in segments(SPEC)] == [("198.18.64.254/24",), (), ("198.18.66.254/24",), ()]
    assert str(own_address(parse_subnet("198.18.0.0/24"))) == "198.18.0.254"
    assert str(own_address(parse_subnet("198.19.255.0/29"))) == "198.19.255.6"
    assert str(own_address(parse_subnet("fd00:18::/64"))) == "fd00:18::fffe"


@pytest.mark.parametrize("subnets", [(), ("198.18.64.0/24",), ("198.18.64.0/24", "fd00:64::/64")])
def test_a_nameplate_is_read_back_as_it_was_written(subnets: tuple[str, ...]) -> None:
    plate = Nameplate("trial-2", "storage", tuple(map(parse_subnet, subnets)))
    assert read_nameplate(plate.text) == plate
    assert len(Nameplate("c" * 63, "n" * 63, plate.subnets).text) < 256  # the kernel's limit


@pytest.mark.parametrize("alias", ["", "uplink", "holdfast lab", "somebody's holdfast lab x"])
def test_what_is_no_nameplate_is_not_taken_for_one(alias: str) -> None:
    assert read_nameplate(alias) is None


@pytest.mark.parametrize(
    ("network", "why"),
    [
        ("192.168.1.0/24", "benchmark"),
        ("198.20.0.0/24", "benchmark"),
        ("198.0.0.0/8", "benchmark"),
        ("2001:db8::/64", "benchmark"),
        ("fc00::/7", "benchmark"),
        ("198.18.0.0/30", "too small: a /29"),
        ("fd00::/113", "too small: a /112"),
        ("198.18.0.1/24", "not an IPv4 or IPv6 network"),
        ("fd00::1/64", "not an IPv4 or IPv6 network"),
        ("", "not an IPv4 or IPv6 network"),
    ],
)
def test_a_network_that_could_mean_real_machines_is_refused(network: str, why: str) -> None:
    with pytest.raises(LabError, match=why):
        parse_subnet(network)


def test_a_sound_spec_is_not_refused() -> None:
    refuse(SPEC)


def with_network(number: int, changed: LabNetwork) -> LabSpec:
    return replace(SPEC, networks=(*NETWORKS[:number], changed, *NETWORKS[number + 1 :]))


def with_cards(*cards: LabCard) -> LabSpec:
    return replace(SPEC, hosts=(LabHost("a", cards),))


FIRST = LabCard("management", ("198.18.64.11",))


@pytest.mark.parametrize(
    ("spec", "why"),
    [
        (replace(SPEC, networks=()), "it has no network"),
        (with_network(1, LabNetwork("management")), "management is given twice"),
        (with_network(1, LabNetwork("Storage")), "'Storage' cannot name"),
        (with_network(1, LabNetwork("storage", ("10.0.0.0/8",))), "network storage: .* is outside"),
        (with_network(1, LabNetwork("storage", ("198.18.65.0/24", "198.18.67.0/24"))), "two ranges of one"),
        (with_network(1, LabNetwork("storage", ("198.18.64.128/25",))), "overlaps network"),
        (with_network(1, LabNetwork("storage", ("198.18.65.0/24",), mtu=1000)), "an MTU of 1000"),
        (with_network(3, LabNetwork("tenant", uplink=True)), "network tenant has no range"),
        (with_network(0, LabNetwork("management")), "network management has no range"),
        (with_cards(), "the first card of host a must be on network management"),
        (with_cards(LabCard("storage"), FIRST), "the first card of host a must be on network management"),
        (with_cards(LabCard("management")), "with an address for SSH"),
        (with_cards(FIRST, LabCard("public")), "a card on 'public', and there is no such network"),
        (with_cards(FIRST, LabCard("tenant"), LabCard("tenant")), "two cards on one network"),
        (with_cards(FIRST, LabCard("tenant", ("198.18.67.1",))), "not a free address of network tenant"),
        (with_cards(FIRST, LabCard("storage", ("198.18.64.12",))), "not a free address of 198.18.65.0/24"),
        (with_cards(FIRST, LabCard("storage", ("fd00:65::",))), "not a free address"),
        (with_cards(FIRST, LabCard("storage", ("storage-1",))), "not a free address"),
        (with_cards(FIRST, LabCard("provider", ("198.18.66.254",))), "198.18.66.254 is this machine's own"),
        (with_cards(FIRST, LabCard("storage", ("fd00:65::1", "fd00:65::2"))), "two addresses of one family"),
        (replace(SPEC, hosts=(host("a", 11), host("b", 11))), "fd00:65::11 is given twice"),
    ],
)
def test_a_spec_that_cannot_be_is_refused(spec: LabSpec, why: str) -> None:
    with pytest.raises(LabError, match=why):
        refuse(spec)


def test_the_last_address_is_a_hosts_where_this_machine_is_not_plugged_in() -> None:
    refuse(with_cards(FIRST, LabCard("storage", ("198.18.65.254",))))


def test_every_fault_of_a_spec_is_named_at_once(tmp_path: Path) -> None:
    given = (("../etc", "0.11"), ("a", "0.254"), ("b", "1.11"), ("c", "0.12"), ("c", "0.12"))
    hosts = tuple(LabHost(name, (LabCard("management", (f"198.18.{end}",)),)) for name, end in given)
    with pytest.raises(LabError) as refused:
        Lab(LabSpec("trial", (LabNetwork("management", ("198.18.0.0/24",)),), hosts), tmp_path)
    for word in ("'../etc'", "host a ", "host b ", "c is given twice", "198.18.0.12 is given twice"):
        assert word in str(refused.value)
    assert not list(tmp_path.iterdir())


def test_an_unknown_name_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    lab = Lab(SPEC, tmp_path)
    for act in (lab.shell_argv, lambda z: lab.power(z, "off"), lambda z: lab.link(z, "down")):
        with pytest.raises(UnknownName, match="no lab host 'z' in cloud trial; its hosts are a, b"):
            act("z")
    with pytest.raises(UnknownName, match="no network 'z' in cloud trial; its networks are management,"):
        lab.link("a", "down", "z")
    with pytest.raises(UnknownName, match="no network 'z' in cloud trial"):
        lab.network("z", "down")
    with pytest.raises(UnknownName, match="a has no card on network provider; it is on management, storage"):
        lab.link("a", "down", "provider")
    with pytest.raises(LabError, match="holdfast lab up"):
        lab.power("a", "off")
