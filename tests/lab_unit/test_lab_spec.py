"""What a lab refuses before it touches anything, and the names it derives."""

from pathlib import Path

import pytest

from holdfast.lab import Lab, LabError, LabHost, LabSpec
from holdfast.lab.fabric import Fabric, own_address, parse_network


def fabric(cloud: str) -> Fabric:
    return Fabric(cloud, parse_network("198.18.0.0/24"))


def test_interface_names_fit_the_kernels_limit_and_differ_between_clouds() -> None:
    long = "a-cloud-with-a-name-much-longer-than-any-interface"
    one, two = fabric(long), fabric(long + "-2")
    names = [one.uplink, two.uplink, one.port("controller-1"), one.port("controller-2")]
    assert all(len(name) <= 15 for name in names)
    assert len(set(names)) == len(names)
    assert one.namespace != two.namespace
    assert one.host_namespace("a") != two.host_namespace("a")


def test_names_and_cards_are_the_same_in_a_fresh_process() -> None:
    assert fabric("one").uplink == "hf7692c3ad"
    assert fabric("one").card("a") == fabric("one").card("a") != fabric("two").card("a")
    assert int(fabric("one").card("a").split(":")[0], 16) & 3 == 2  # local, not multicast


def test_this_machine_has_the_last_usable_address() -> None:
    assert str(own_address(parse_network("198.18.0.0/24"))) == "198.18.0.254"
    assert str(own_address(parse_network("198.19.255.0/29"))) == "198.19.255.6"


@pytest.mark.parametrize(
    ("network", "why"),
    [
        ("192.168.1.0/24", "benchmark"),
        ("198.20.0.0/24", "benchmark"),
        ("198.0.0.0/8", "benchmark"),
        ("198.18.0.0/30", "too small"),
        ("198.18.0.1/24", "not an IPv4 network"),
        ("fd00::/64", "not an IPv4 network"),
        ("", "not an IPv4 network"),
    ],
)
def test_a_network_that_could_mean_real_machines_is_refused(network: str, why: str) -> None:
    with pytest.raises(LabError, match=why):
        parse_network(network)


def test_every_fault_of_a_spec_is_named_at_once(tmp_path: Path) -> None:
    hosts = (
        LabHost("../etc", "198.18.0.11"),
        LabHost("a", "198.18.0.254"),
        LabHost("b", "198.18.1.11"),
        LabHost("c", "198.18.0.12"),
        LabHost("c", "198.18.0.12"),
    )
    with pytest.raises(LabError) as refused:
        Lab(LabSpec("trial", "198.18.0.0/24", hosts), tmp_path)
    for word in ("'../etc'", "host a ", "host b ", "c is given twice", "198.18.0.12 is given twice"):
        assert word in str(refused.value)
    assert not list(tmp_path.iterdir())


def test_an_unknown_host_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    lab = Lab(LabSpec("trial", "198.18.0.0/24", (LabHost("a", "198.18.0.11"),)), tmp_path)
    with pytest.raises(LabError, match="no lab host 'z' in cloud trial; its hosts are a"):
        lab.shell_argv("z")
    with pytest.raises(LabError, match="holdfast lab up"):
        lab.power("a", "off")
