"""Commands that only look: they need no root and no host, and leave nothing behind."""

from __future__ import annotations

import json
import re

import pytest
from clouds import WORDS
from command import Place

from holdfast.front.starter import starter
from holdfast.model.cloudfile.reader import parse

BROKEN = """name: broken
release: "2026.2"
colour: blue
network: {name: control, cidr: 198.18.0.0/24, virtual_address: 10.0.0.1}
hosts:
  - {name: alpha, address: 198.18.0.11, roles: [controller]}
  - {name: alpha, address: 198.18.0.11, roles: [controller]}
services: [keystone, teleport]
"""


def test_check_is_pure(place: Place) -> None:
    before = place.everything()
    done = place.run("check")
    assert done.returncode in (0, 1), done.stderr
    assert "ok" in done.stdout
    assert place.everything() == before


def test_check_as_json(place: Place) -> None:
    done = place.run("check", "--json")
    told = json.loads(done.stdout)
    assert {f["verdict"] for f in told["findings"]} <= {"PASS", "UNKNOWN", "FAIL"}
    assert told["data"]["budget"][0]["legs"]
    assert done.returncode == (0 if all(f["verdict"] == "PASS" for f in told["findings"]) else 1)


def test_check_of_a_weak_design_is_wanting(empty: Place) -> None:
    (empty.folder / "cloud.yaml").write_text(starter(1))
    assert empty.run("check").returncode == 1


def test_check_of_a_design_without_fault_is_healthy(empty: Place) -> None:
    (empty.folder / "cloud.yaml").write_text(starter(3))
    told = json.loads(empty.run("check", "--json").stdout)
    others = [f for f in told["findings"] if f["verdict"] != "PASS"]
    assert [(f["rule"], f["verdict"]) for f in others] == [("time-sources", "UNKNOWN")], "as the starter says"
    text = starter(3).replace(
        "time_servers: []", "time_servers: [time1.example, time2.example, time3.example]"
    )
    (empty.folder / "cloud.yaml").write_text(text)
    told = json.loads(empty.run("check", "--json").stdout)
    others = [f for f in told["findings"] if f["verdict"] != "PASS"]
    assert others == []


def test_drills_are_listed_without_hosts_and_secrets(place: Place) -> None:
    before = place.everything()
    done = place.run("drill", "--list")
    assert done.returncode == 0, done.stderr
    assert "power-address" in done.stdout
    told = json.loads(place.run("drill", "--list", "--json").stdout)
    assert "power-address" in [fault["name"] for fault in told["data"]["faults"]]
    assert place.everything() == before


@pytest.mark.parametrize("hosts", ["1", "3", "5"])
def test_new_round_trips(empty: Place, hosts: str) -> None:
    done = empty.run("new", "--hosts", hosts, "--out", "cloud.yaml")
    assert done.returncode == 0, done.stderr
    text = (empty.folder / "cloud.yaml").read_text()
    assert len(parse(text, WORDS).hosts) == int(hosts)
    assert empty.run("new", "--hosts", hosts).stdout == text
    assert json.loads(empty.run("new", "--hosts", hosts, "--json").stdout)["data"]["text"] == text
    again = empty.run("new", "--hosts", hosts, "--out", "cloud.yaml")
    assert again.returncode == 2
    assert "cloud.yaml" in again.stderr
    assert (empty.folder / "cloud.yaml").read_text() == text
    assert empty.run("check").returncode in (0, 1)


def test_new_takes_a_name_and_a_network_and_asks_nothing(empty: Place) -> None:
    done = empty.run("new", "--name", "mine", "--network", "192.0.2.0/24", "--out", "cloud.yaml")
    assert (done.returncode, done.stderr) == (0, "")
    cloud = parse((empty.folder / "cloud.yaml").read_text(), WORDS)
    assert (cloud.name, cloud.address) == ("mine", "192.0.2.10")
    for words in (["--name", "9x"], ["--network", "192.0.2.0/30"]):
        refused = empty.run("new", *words, "--out", "other.yaml", "--json")
        assert refused.returncode == 2
        assert json.loads(refused.stdout)["error"]["exit"] == 2
        assert not (empty.folder / "other.yaml").exists()


def test_new_refuses_an_even_number(empty: Place) -> None:
    done = empty.run("new", "--hosts", "2")
    assert done.returncode == 2
    assert "odd" in done.stderr


@pytest.mark.parametrize(
    "words", [["check"], ["plan"], ["apply"], ["status"], ["verify"], ["drill", "--list"]]
)
def test_all_errors_of_a_cloud_file_come_at_once_and_nothing_is_touched(
    empty: Place, words: list[str]
) -> None:
    (empty.folder / "cloud.yaml").write_text(BROKEN)
    before = empty.everything()
    done = empty.run(*words)
    assert done.returncode == 2
    assert done.stdout == ""
    for number, what in ((3, "colour"), (4, "10.0.0.1"), (7, "alpha"), (7, "198.18.0.11"), (8, "teleport")):
        assert re.search(
            rf"(?m):{number}\b.*{re.escape(what)}|line {number}\b.*{re.escape(what)}", done.stderr
        ), what
    assert "Traceback" not in done.stderr
    assert empty.everything() == before


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00" * 100, b"- 1\n", b"\x00" * (11 << 20)])
def test_a_file_that_is_no_cloud_is_refused(empty: Place, content: bytes) -> None:
    (empty.folder / "cloud.yaml").write_bytes(content)
    before = empty.everything()
    done = empty.run("check")
    assert done.returncode == 2
    assert "cloud.yaml" in done.stderr and "Traceback" not in done.stderr
    assert empty.everything() == before


def test_no_cloud_file_says_what_to_do(empty: Place) -> None:
    done = empty.run("check")
    assert done.returncode == 2
    assert "holdfast new" in done.stderr
    assert empty.everything() == {"work", "home"}


def test_help_names_the_exit_codes(empty: Place) -> None:
    done = empty.run("--help")
    assert done.returncode == 0
    for number, meaning in ((0, "healthy"), (1, "wanting"), (2, "bad input"), (3, "cannot reach")):
        assert re.search(rf"{number}\s[^,]*{meaning}", " ".join(done.stdout.split()))
    assert empty.run("no-such-command").returncode == 2
