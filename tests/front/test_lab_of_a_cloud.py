"""The lab of a cloud with several networks: a segment each, and this machine where clients are."""

from clouds import clouds

from holdfast.front.machines import lab_spec
from holdfast.lab.spec import LabCard, LabNetwork


def test_a_segment_for_each_network() -> None:
    spec = lab_spec(clouds()["networks"])
    assert spec.networks == (
        LabNetwork("control", ("198.18.0.0/24",)),
        LabNetwork("outer", ("198.18.1.0/24",), uplink=True),
        LabNetwork("storage", ("fd00:18:2::/64",), mtu=9000),
        LabNetwork("tunnels", ("198.18.3.0/24",), mtu=1600),
        LabNetwork("world"),
    )
    assert spec.host("charlie").address == "198.18.0.13"
    assert spec.host("charlie").cards[1:] == (
        LabCard("outer", ("198.18.1.13",)),
        LabCard("storage", ("fd00:18:2::13",)),
        LabCard("tunnels", ("198.18.3.13",)),
        LabCard("world"),
    )


def test_one_network_is_one_segment() -> None:
    spec = lab_spec(clouds()["three"])
    assert [n.name for n in spec.networks] == ["control"]
    assert [host.cards for host in spec.hosts] == [
        (LabCard("control", (host.address,)),) for host in spec.hosts
    ]
