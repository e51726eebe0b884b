"""What `holdfast lab list` shows of machines with one network and with several."""

from __future__ import annotations

import json

import pytest

from holdfast.front.shapes import Machines
from holdfast.front.tables import print_machines
from holdfast.lab import CardState, MachineState
from holdfast.wire import plain

UP = CardState("management", "eth0", ("198.18.64.11",), "up")
CUT = CardState("storage", "eth1", (), "down")


def machine(*cards: CardState) -> MachineState:
    return MachineState("alpha", "198.18.64.11", "on", cards, 12.3)


def test_links_are_told_one_by_one_only_where_they_differ(capsys: pytest.CaptureFixture[str]) -> None:
    print_machines((machine(UP), machine(UP, CUT), machine(CUT, CUT)))
    _, one, partly, down = capsys.readouterr().out.splitlines()
    assert one.split() == ["alpha", "198.18.64.11", "on", "up", "12", "s"]
    assert "management up, storage down" in partly
    assert down.split() == ["alpha", "198.18.64.11", "on", "down", "12", "s"]


def test_json_has_every_card_and_the_links_in_one_word() -> None:
    (shown,) = json.loads(json.dumps(plain(Machines((machine(UP, CUT),)))))["machines"]
    assert (shown["power"], shown["link"]) == ("on", "partly")
    assert shown["cards"][1] == {"network": "storage", "interface": "eth1", "addresses": [], "link": "down"}
