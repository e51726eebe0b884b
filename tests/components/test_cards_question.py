"""What a host says of its cards, from what the kernel shows."""

import json
import subprocess

import pytest

from holdfast.components.questions.host import cards_are_set_up

LINKS = [
    {"ifname": "eth0", "address": "02:00:00:00:00:01", "flags": ["UP"], "mtu": 1500, "addr_info": []},
    {"ifname": "eth0.7", "link": "eth0", "address": "02:00:00:00:00:01", "flags": ["UP"], "mtu": 1400,
     "addr_info": [{"local": "198.18.2.11"}]},
    {"ifname": "eth1", "address": "02:00:00:00:00:02", "flags": [], "mtu": 1500, "addr_info": []},
]  # fmt: skip


def card(interface: str = "", mac: str = "", address: str = "", mtu: int = 1500) -> dict[str, object]:
    return {"interface": interface, "mac": mac, "address": address, "mtu": mtu}


CASES = {
    "a card and its tag": (
        [card("eth0"), card("eth0.7", address="198.18.2.11", mtu=1400)],
        "2 cards are set up",
    ),
    "by hardware address": ([card(mac="02:00:00:00:00:01")], "1 cards are set up"),
    "not there": ([card("bond0")], "bond0 is not there"),
    "down": ([card("eth1")], "eth1 is down"),
    "another MTU": ([card("eth0", mtu=9000)], "eth0 has MTU 1500, not 9000"),
    "no address": ([card("eth0", address="198.18.2.12")], "eth0 lacks 198.18.2.12"),
}


@pytest.mark.parametrize(("wanted", "text"), CASES.values(), ids=CASES)
def test_cards(wanted: list[dict[str, object]], text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = subprocess.CompletedProcess((), 0, json.dumps(LINKS), "")
    monkeypatch.setattr(subprocess, "run", lambda *_a, **_k: shown)
    answer = cards_are_set_up(wanted)
    assert answer == {"ok": "set up" in text, "text": text}
