"""What a host does with its rules, and how it tells where an operator logged in from."""

from __future__ import annotations

import json
import subprocess
import sys
from ipaddress import ip_address
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from holdfast.components.programs import program
from holdfast.components.questions.firewall import strangers_stay_out

RULES = "table inet holdfast {\n  chain to_tcp {\n    a accept\n    reject\n  }\n}\n"


@pytest.fixture
def made(tmp_path: Path) -> dict[str, Any]:
    """The program's names, its paths in a folder of the test's, and what it told nft."""
    names: dict[str, Any] = {"__name__": "firewall"}
    exec(compile(program("firewall.py"), "firewall.py", "exec"), names)
    for name in ("RULES", "CONFIRMED", "ADMITTED", "YES", "UNDONE"):
        names[name] = tmp_path / name
    names["RULES"].write_text(RULES)
    names["said"] = []
    names["nft"] = names["said"].append
    return names


def test_rules_that_are_confirmed_stay(made: dict[str, Any]) -> None:
    made["confirm"]()
    made["wait"](RULES)
    assert made["CONFIRMED"].read_text() == RULES
    assert made["said"] == [] and not made["UNDONE"].exists()


def test_rules_that_nobody_confirms_give_way_to_those_before(made: dict[str, Any]) -> None:
    made["PATIENCE"] = 0
    made["wait"](RULES)
    assert made["said"] == ["delete table inet holdfast\n"]
    made["CONFIRMED"].write_text("older")
    made["wait"](RULES)
    assert made["said"][1:] == ["older"]
    assert "taken back" in made["UNDONE"].read_text()


def test_a_confirmation_of_other_rules_is_none(made: dict[str, Any]) -> None:
    made["PATIENCE"] = 0
    made["YES"].write_text(made["digest"]("other"))
    made["wait"](RULES)
    assert made["UNDONE"].exists() and not made["CONFIRMED"].exists()


def test_whoever_was_let_in_stays_so_when_rules_change(made: dict[str, Any]) -> None:
    made["caller"] = lambda _pid: ip_address("198.18.0.254")
    made["admit"]()
    made["put"](RULES)
    assert made["said"][0].count("operators4 { 198.18.0.254") == 3
    made["admit"]()
    assert len(made["said"]) == 2, "who has just come is not let in again"
    assert made["said"][1].startswith(f"{RULES}add element inet holdfast operators4 {{ 198.18.0.254 timeout")
    made["ADMITTED"].write_text("198.18.0.254 1000\n")
    made["put"](RULES)
    assert made["said"][2] == RULES, "an hour is over at last"


@pytest.mark.parametrize(
    ("connection", "address"),
    [
        ("198.18.0.254 40000 198.18.0.11 22", "198.18.0.254"),
        ("fd00:18::fffe 40000 fd00:18::11 22", "fd00:18::fffe"),
        ("::ffff:198.18.0.254 40000 ::ffff:198.18.0.11 22", "198.18.0.254"),
        ("fe80::1%eth0 40000 fe80::2%eth0 22", "fe80::1"),
    ],
)
def test_where_a_login_came_from_is_read_from_above(
    made: dict[str, Any], connection: str, address: str
) -> None:
    """As behind sudo, which takes the words out of its command's own environment."""
    inner = "import sys, time; print('up', flush=True); time.sleep(60)"
    outer = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {inner!r}], env={{}})"
    shell = subprocess.Popen(
        (sys.executable, "-c", outer), env={"SSH_CONNECTION": connection}, stdout=subprocess.PIPE
    )
    try:
        assert shell.stdout is not None and shell.stdout.readline() == b"up\n"
        (below,) = Path(f"/proc/{shell.pid}/task/{shell.pid}/children").read_text().split()
        assert made["caller"](int(below)) == ip_address(address)
    finally:
        subprocess.run(("kill", below), check=True)
        shell.wait()


def answer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, rules: int, confirmed: str) -> dict[str, Any]:
    """What the question tells of a kernel with so many rules in the chain."""
    listed = [{"rule": {"chain": "to_tcp"}}] * rules
    done = SimpleNamespace(returncode=0 if rules else 1, stdout=json.dumps({"nftables": listed}))
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: done)
    (tmp_path / "rules").write_text(RULES)
    (tmp_path / "confirmed").write_text(confirmed)
    return strangers_stay_out(str(tmp_path / "rules"), str(tmp_path), str(tmp_path / "confirmed"))


def test_rules_that_are_gone_or_fewer_or_unproven_are_a_no(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def told(rules: int, confirmed: str = RULES) -> dict[str, Any]:
        return answer(monkeypatch, tmp_path, rules, confirmed)

    assert told(2)["ok"]
    assert told(1) == {"ok": False, "text": "to_tcp has 1 rules, not 2: systemctl restart holdfast-firewall"}
    assert "no rules are in place" in told(0)["text"]
    assert "wait for a login" in told(2, "older")["text"]
    (tmp_path / "taken-back").write_text("they were taken back\n")
    assert told(2) == {"ok": False, "text": "they were taken back"}
