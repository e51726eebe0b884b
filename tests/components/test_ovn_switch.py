"""The program that sets up a host's switch: what it tells OVN, and which card it takes."""

from __future__ import annotations

import json

import pytest
from clouds import files_of, sites
from shipped import shipped

from holdfast.components.ovn.chassis import WANTED

switch = shipped("ovn_switch")

LINKS = [
    {"ifname": "lo", "address": "00:00:00:00:00:00", "addr_info": [{"local": "127.0.0.1"}]},
    {"ifname": "eno2", "address": "02:00:00:00:00:02", "addr_info": [{"local": "198.18.3.11"}]},
    {"ifname": "br-phy", "address": "02:00:00:00:00:02", "addr_info": [{"local": "198.18.3.11"}]},
    {"ifname": "eno2.7", "address": "02:00:00:00:00:02", "link": "eno2", "addr_info": []},
]


@pytest.fixture(autouse=True)
def host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(switch, "run", lambda *_argv: json.dumps(LINKS))


def known(**words: str) -> dict[str, str]:
    return {"interface": "", "mac": "", "address": "", **words}


@pytest.mark.parametrize(
    ("words", "card"),
    [
        ({"interface": "eno2.7"}, "eno2.7"),
        ({"mac": "02:00:00:00:00:02"}, "eno2"),
        ({"address": "198.18.3.11"}, "eno2"),
    ],
)
def test_a_card_is_known_by_its_interface_its_hardware_address_or_its_address(
    words: dict[str, str], card: str
) -> None:
    """A tagged interface and a bridge above it have the same ones: neither is the card."""
    assert switch.card_of(known(**words)) == card


def test_a_card_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(switch.Trouble, match="no card eno9"):
        switch.card_of(known(interface="eno9"))
    with pytest.raises(switch.Trouble, match="nothing is said"):
        switch.card_of(known())


def test_without_the_kernels_module_the_process_forwards() -> None:
    wanted = json.loads(files_of(sites()["whole"])["alpha", WANTED].content)
    assert switch.settings(wanted, True)["ovn-bridge-datapath-type"] == "system"
    assert switch.settings(wanted, False)["ovn-bridge-datapath-type"] == "netdev"


def test_a_host_without_a_card_to_the_outside_is_no_gateway() -> None:
    """Where all is one network, its card cannot be the bridge's: the host would be cut off."""
    wanted = json.loads(files_of(sites()["whole"])["alpha", WANTED].content)
    told = switch.settings(wanted, True)
    assert (told["ovn-bridge-mappings"], told["ovn-cms-options"]) == ("", "")
    with_one = {**wanted, "outside": {"network": "world"}, "gateway": True}
    told = switch.settings(with_one, True)
    assert told["ovn-bridge-mappings"] == "world:br-ex"
    assert told["ovn-cms-options"] == "enable-chassis-as-gw"
