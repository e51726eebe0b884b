"""What is read of OVN's own answers: a member's place in its cluster, what data it has, who translates."""

from __future__ import annotations

from pathlib import Path

import pytest

from holdfast.components.questions.ovn import northd_works, raft_member, raft_position

STATUS = """4e3a
Name: OVN_Northbound
Cluster ID: 9f3b (9f3b1111-2222-3333-4444-555555555555)
Server ID: 4e3a (4e3a1111-2222-3333-4444-555555555555)
Address: ssl:198.18.0.11:6643
Status: {status}
Role: {role}
Term: 3
Leader: {leader}
Vote: self

Election timer: 1000
Servers:
    4e3a (4e3a at ssl:198.18.0.11:6643) (self) next_index=2 match_index=9
    77b0 (77b0 at ssl:198.18.0.12:6643) next_index=10 match_index=9
    a1c2 (a1c2 at ssl:[fd00::13]:6643) next_index=10 match_index=9
"""


class Tools:
    """Commands that say what a test wants, in the place of OVN's."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def says(self, name: str, text: str, code: int = 0) -> None:
        path = self._folder / name
        path.write_text(f"#!/bin/sh\ncat <<'END'\n{text}\nEND\nexit {code}\n")
        path.chmod(0o755)

    def cluster(self, status: str = "cluster member", role: str = "leader", leader: str = "self") -> None:
        self.says("ovs-appctl", STATUS.format(status=status, role=role, leader=leader))


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tools:
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    return Tools(tmp_path)


def test_a_member_names_all_members_and_whether_it_leads(tools: Tools) -> None:
    tools.cluster()
    told = raft_member("control", "OVN_Northbound")
    assert told["ok"] and told["leads"]
    assert told["members"] == ["198.18.0.11", "198.18.0.12", "fd00::13"]
    tools.cluster(role="follower", leader="77b0")
    assert raft_member("control", "OVN_Northbound")["ok"]
    assert not raft_member("control", "OVN_Northbound")["leads"]


@pytest.mark.parametrize(
    ("status", "role", "leader"),
    [("cluster member", "candidate", "unknown"), ("joining cluster", "follower", "unknown")],
)
def test_one_without_a_leader_or_outside_does_no_work(
    tools: Tools, status: str, role: str, leader: str
) -> None:
    tools.cluster(status, role, leader)
    assert not raft_member("control", "OVN_Northbound")["ok"]


def test_one_that_does_not_answer_says_why(tools: Tools) -> None:
    tools.says("ovs-appctl", "", 1)
    assert raft_member("control", "OVN_Northbound")["ok"] is False


def position(tools_file: Path) -> tuple[bool, str]:
    told = raft_position(str(tools_file), "control", "OVN_Northbound")
    assert told["ok"]
    return told["running"], told["history"]


def test_a_bare_host_has_no_history(tools: Tools, tmp_path: Path) -> None:
    assert position(tmp_path / "copy.db") == (False, "")


def test_one_that_waits_to_be_let_in_does_not_count_as_running(tools: Tools, tmp_path: Path) -> None:
    """Otherwise nobody would begin the cluster that it waits for."""
    (tmp_path / "copy.db").touch()
    tools.cluster("joining cluster", "follower", "unknown")
    tools.says("ovsdb-tool", "", 2)
    assert position(tmp_path / "copy.db") == (False, "")


def test_a_stopped_member_knows_its_history(tools: Tools, tmp_path: Path) -> None:
    (tmp_path / "copy.db").touch()
    tools.says("ovs-appctl", "", 1)
    tools.says("ovsdb-tool", "9f3b1111-2222-3333-4444-555555555555")
    assert position(tmp_path / "copy.db") == (False, "9f3b1111-2222-3333-4444-555555555555")
    tools.cluster()
    assert position(tmp_path / "copy.db")[0]


def test_a_translator_without_one_of_its_databases_does_no_work(tools: Tools) -> None:
    script = 'case "$4" in status) echo "Status: active";; sb-*) echo {sb};; *) echo connected;; esac'
    path = Path(tools._folder / "ovn-appctl")
    for sb, ok in (("connected", True), ("not connected", False)):
        path.write_text(f"#!/bin/sh\n{script.format(sb=sb)}\n")
        path.chmod(0o755)
        told = northd_works("control")
        assert (told["ok"], told["works"]) == (ok, True)
