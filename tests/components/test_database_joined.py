"""A start of the database has failed when the member left the cluster again while it joined."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from holdfast.components.programs import program


def joined(tools: Path, *answers: tuple[str, str], patience: int = 60) -> int:
    """How the program ends when the server gives these answers, the last one again and again."""
    for number, (cluster, state) in enumerate(answers):
        rows = f"wsrep_cluster_status\t{cluster}\nwsrep_local_state_comment\t{state}\n"
        (tools / f"answer-{number}").write_text(rows)
    (tools / "mariadb").write_text(f"#!/bin/sh\ncd {tools}\nset -- answer-*\ncat $1\n[ $# -eq 1 ] || rm $1\n")
    (tools / "mariadb").chmod(0o755)
    script = tools / "joined.sh"
    script.write_text(program("database_joined.sh"))
    argv = ("sh", str(script), str(patience))
    return subprocess.run(argv, env={"PATH": f"{tools}:/usr/bin:/bin"}, check=False, timeout=120).returncode


CATCHING_UP = ("non-Primary", "Joining: receiving State Transfer")


def test_a_member_that_came_in_has_started(tmp_path: Path) -> None:
    assert joined(tmp_path, CATCHING_UP, ("Primary", "Joined"), ("Primary", "Synced")) == 0


@pytest.mark.parametrize("before", [(), (CATCHING_UP,)], ids=["at-once", "while-catching-up"])
def test_a_member_that_left_again_has_not(tmp_path: Path, before: tuple[tuple[str, str], ...]) -> None:
    assert joined(tmp_path, *before, ("Disconnected", "Initialized")) == 1


def test_a_member_that_needs_long_is_left_to_itself(tmp_path: Path) -> None:
    assert joined(tmp_path, CATCHING_UP, patience=1) == 0
