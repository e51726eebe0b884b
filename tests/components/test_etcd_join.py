"""How a member of coordination comes into its cluster: never into one that it made beside another."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import pytest
from shipped import shipped

PROGRAM = shipped("etcd_join")
PEERS = {name: f"https://198.18.0.1{n}:2380" for n, name in enumerate(("alpha", "bravo", "charlie"), 1)}


class Cluster:
    """A cluster that knows its members and takes changes."""

    def __init__(self, *names: str) -> None:
        self.known = [{"ID": name, "name": name, "peerURLs": [PEERS[name]]} for name in names]

    def members(self) -> list[dict[str, Any]]:
        return [dict(member) for member in self.known]

    def ask(self, path: str, **body: Any) -> dict[str, Any]:
        if path == "remove":
            self.known = [member for member in self.known if member["ID"] != body["ID"]]
        else:
            self.known.append({"ID": "new", "peerURLs": body["peerURLs"]})
        return {"members": self.members()}


def test_a_new_member_is_taken_in_and_told_of_all() -> None:
    cluster = Cluster("alpha", "bravo")
    told = PROGRAM.join(cluster, "charlie", PEERS["charlie"])
    assert told == ",".join(f"{name}={url}" for name, url in PEERS.items())


def test_one_that_was_added_and_never_came_is_not_added_again() -> None:
    cluster = Cluster("alpha")
    first = PROGRAM.join(cluster, "bravo", PEERS["bravo"])
    assert PROGRAM.join(cluster, "bravo", PEERS["bravo"]) == first
    assert len(cluster.known) == 2


def test_what_lost_its_data_goes_before_it_comes_back() -> None:
    cluster = Cluster("alpha", "bravo", "charlie")
    PROGRAM.join(cluster, "bravo", PEERS["bravo"])
    assert [member["ID"] for member in cluster.known] == ["alpha", "charlie", "new"]


def test_a_member_that_left_is_forgotten_and_nobody_else() -> None:
    cluster = Cluster("alpha", "bravo", "charlie")
    PROGRAM.forget(cluster, "charlie")
    assert [member["name"] for member in cluster.known] == ["alpha", "bravo"]


def told(folder: Path, **changes: Any) -> argparse.Namespace:
    values = {
        "name": "alpha",
        "others": [],
        "tls": folder,
        "forget": False,
        "peer": PEERS["alpha"],
        "data": folder / "member",
        "first": folder / "first",
        "out": folder / "start.env",
        "patience": 0.0,
    }
    return argparse.Namespace(**{**values, **changes})


def run(monkeypatch: pytest.MonkeyPatch, folder: Path) -> tuple[int, str]:
    monkeypatch.setattr(PROGRAM, "arguments", lambda: told(folder))
    code = PROGRAM.main()
    return code, (folder / "start.env").read_text()


def test_the_first_of_all_begins_by_the_word_of_a_plan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "first").touch()
    code, said = run(monkeypatch, tmp_path)
    assert code == 0 and "STATE=new" in said and f"alpha={PEERS['alpha']}" in said


def test_without_that_word_one_that_is_alone_does_not_begin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(monkeypatch, tmp_path) == (1, "")


def test_one_with_data_goes_on_whatever_word_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "first").touch()
    (tmp_path / "member").mkdir()
    assert run(monkeypatch, tmp_path) == (0, "")
