"""How a member of OVN's databases begins: it joins, or is the first of all, and never loses what it has."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from clouds import sites

from holdfast.components import programs
from holdfast.components.ovn.database import NORTHBOUND
from holdfast.model.catalogue import Placed
from holdfast.model.observed import Answer, Observed
from holdfast.model.parts import Bootstrap

PROGRAM = Path(programs.__file__).parent / "ovn_member.sh"
TOLD = """#!/bin/sh
echo "$0 $*" >> {log}
case "$1" in db-cid) exit {known};; esac
"""


class Host:
    """A host's folder, and tools that write down how they were called."""

    def __init__(self, folder: Path) -> None:
        self.copy, self._log, self._tools = folder / "copy.db", folder / "log", folder / "tools"
        self._tools.mkdir()
        self.knows(False)

    def knows(self, known: bool) -> None:
        """Whether the copy belongs to a cluster."""
        for name in ("ovsdb-tool", "systemctl", "install", "runuser"):
            path = self._tools / name
            path.write_text(TOLD.format(log=self._log, known=0 if known else 2))
            path.chmod(0o755)

    def runs(self, *words: str) -> tuple[int, list[str]]:
        """Its exit code, and the calls it made."""
        self._log.write_text("")
        environment = {"PATH": f"{self._tools}:/usr/bin:/bin"}
        done = subprocess.run(["sh", PROGRAM, *words], env=environment, capture_output=True, check=False)
        calls = self._log.read_text().splitlines()
        return done.returncode, [call.removeprefix(f"{self._tools}/") for call in calls]


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(tmp_path)


def test_a_member_without_a_copy_joins_the_others(host: Host) -> None:
    code, calls = host.runs("join", str(host.copy), "OVN_Northbound", "ssl:a:1", "ssl:b:1", "ssl:c:1")
    assert code == 0
    assert calls == [f"ovsdb-tool join-cluster {host.copy} OVN_Northbound ssl:a:1 ssl:b:1 ssl:c:1"]


def test_a_copy_is_never_made_over(host: Host) -> None:
    host.copy.write_text("data")
    assert host.runs("join", str(host.copy), "OVN_Northbound", "ssl:a:1", "ssl:b:1") == (0, [])
    host.knows(True)
    code, calls = host.runs("create", str(host.copy), "schema", "ssl:a:1", "nb.service")
    assert (code, calls) == (0, [f"ovsdb-tool db-cid {host.copy}"])
    assert host.copy.read_text() == "data"


def test_who_has_nothing_and_nobody_does_not_begin(host: Host) -> None:
    assert host.runs("join", str(host.copy), "OVN_Northbound", "ssl:a:1")[0] == 1


def test_the_first_member_stops_waiting_to_be_let_in(host: Host) -> None:
    host.copy.write_text("a request to join")
    code, calls = host.runs("create", str(host.copy), "schema", "ssl:a:1", "nb.service")
    assert code == 0 and not host.copy.exists()
    assert "systemctl stop nb.service" in calls
    assert calls[-1].endswith(f"ovsdb-tool create-cluster {host.copy} schema ssl:a:1")


def decided(**answers: tuple[bool, str]) -> Bootstrap | None:
    site = sites()["whole"]
    placed = next(p for p in site.placed if p.component.name == NORTHBOUND.name)
    observed = {
        name: Observed(
            name, answers={"northbound-position": Answer(True, "", {"running": runs, "history": history})}
        )
        for name, (runs, history) in answers.items()
    }
    bootstrap = placed.component.bootstrap
    assert bootstrap is not None and isinstance(placed, Placed)
    return bootstrap(placed, observed)


def test_an_empty_cluster_begins_on_one_host() -> None:
    found = decided(alpha=(False, ""), bravo=(False, ""), charlie=(False, ""))
    assert found is not None and (found.host, found.refusal) == ("alpha", "")
    assert found.actions


@pytest.mark.parametrize("running", [True, False])
def test_one_that_was_before_begins_by_itself(running: bool) -> None:
    """Stopped everywhere, its members start with what they have and find their majority."""
    assert decided(alpha=(False, ""), bravo=(running, "h"), charlie=(False, "h")) is None


def test_data_of_two_clusters_is_refused() -> None:
    found = decided(alpha=(False, "one"), bravo=(False, "other"), charlie=(False, ""))
    assert found is not None and "different histories" in found.refusal
