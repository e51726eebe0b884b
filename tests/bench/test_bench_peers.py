"""The peers hold what Holdfast wants, all of it, and their words are read rightly."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from bench.peers import HostState, State
from bench.peers.ansible import ansible
from bench.peers.ansible import changes as ansible_changes
from bench.peers.pyinfra import changes as pyinfra_changes
from bench.peers.pyinfra import pyinfra
from holdfast.model.plan import PutFile

OPEN = PutFile("/etc/a.conf", "a\n")
SECRET = PutFile("/etc/key.pem", "private\n", "root", "daemon", 0o640, True)
STATE = State(
    (
        HostState("alpha", "198.18.20.11", (OPEN, SECRET), ("p", "q"), ("a.service", "b.service")),
        HostState("bravo", "198.18.20.12", (OPEN,), ("p",), ("a.service",)),
    ),
    Path("/keys/lab_key"),
    Path("/keys/known_hosts"),
)
RECAP = "alpha : ok=55   changed={}    unreachable=0    failed={}    skipped=0\n"
HEADS = "    Operation  Hosts  Success  Error  No Change\n    packages  3  -  -  3\n"
SUMMARY = HEADS + "    Grand total  165  {}  {}  165\n"


def test_the_counts_are_over_all_hosts() -> None:
    assert STATE.counts() == {"hosts": "2", "files": "3", "packages": "3", "units": "3"}


def test_ansible_is_told_every_file_and_unit(tmp_path: Path) -> None:
    ansible(STATE, tmp_path / "ansible")
    (play,) = json.loads((tmp_path / "ansible/play.yml").read_text())
    copies = {
        task["ansible.builtin.copy"]["dest"]: task for task in play["tasks"] if "ansible.builtin.copy" in task
    }
    assert copies.keys() == {"/etc/a.conf", "/etc/key.pem"}
    key = copies["/etc/key.pem"]
    assert (key["ansible.builtin.copy"]["mode"], key["ansible.builtin.copy"]["group"]) == ("0640", "daemon")
    assert key["when"] == "inventory_hostname in ['alpha']"
    assert "when" not in copies["/etc/a.conf"]
    units = [
        t["ansible.builtin.systemd_service"]["name"]
        for t in play["tasks"]
        if "ansible.builtin.systemd_service" in t
    ]
    assert units == ["a.service", "b.service"]
    config = (tmp_path / "ansible/ansible.cfg").read_text()
    assert "pipelining = true" in config and "forks = 10" in config


def test_pyinfra_is_told_every_file_and_unit(tmp_path: Path) -> None:
    pyinfra(STATE, tmp_path / "pyinfra")
    held = json.loads((tmp_path / "pyinfra/state.json").read_text())
    assert [f["dest"] for f in held["alpha"]["files"]] == ["/etc/a.conf", "/etc/key.pem"]
    assert held["alpha"]["files"][1]["mode"] == "640"
    assert held["bravo"] == {"packages": ["p"], "units": ["a.service"], "files": [held["bravo"]["files"][0]]}


@pytest.mark.parametrize("write", [ansible, pyinfra])
def test_secrets_lie_in_a_folder_of_the_owner_alone_and_on_no_command_line(tmp_path: Path, write) -> None:  # type: ignore[no-untyped-def]
    peer = write(STATE, tmp_path / "peer")
    assert stat.S_IMODE(peer.folder.stat().st_mode) == 0o700
    assert (peer.folder / "files/alpha/etc/key.pem").read_text() == "private\n"
    assert "private" not in " ".join((*peer.argv, *peer.dry, *(v for _, v in peer.env)))


@pytest.mark.parametrize(
    ("out", "count"),
    [
        (RECAP.format(0, 0), 0),
        (RECAP.format(2, 0) + RECAP.format(1, 0).replace("alpha", "bravo"), 3),
        (RECAP.format(0, 1), -1),
        ("ERROR! no such file", -1),
    ],
)
def test_ansible_changes(out: str, count: int) -> None:
    assert ansible_changes(out) == count


@pytest.mark.parametrize(
    ("out", "count"),
    [
        (SUMMARY.format("-", "-"), 0),
        (SUMMARY.format("2", "-"), 2),
        (SUMMARY.format("2", "1"), -1),
        (
            "--> Detected changes:\n  Operation  Change  Conditional Change\n  /etc/a  2 (alpha, bravo)  -\n",
            2,
        ),
        ("--> Detected changes:\n  Operation  Change  Conditional Change\n  /etc/a  -  -\n", 0),
        ("No hosts remaining!", -1),
    ],
)
def test_pyinfra_changes(out: str, count: int) -> None:
    assert pyinfra_changes(out) == count
