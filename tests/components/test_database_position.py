"""How far a database node's data goes, as told by whatever of the node still speaks."""

from __future__ import annotations

from pathlib import Path

import pytest

from holdfast.components.questions.database import replication_position

OURS = "11111111-2222-3333-4444-555555555555"
NOBODYS = "00000000-0000-0000-0000-000000000000"


class Node:
    """A node made of a data folder and the two commands that are asked."""

    def __init__(self, folder: Path, tools: Path) -> None:
        self.folder, self._tools = folder, tools
        self.unit("active")
        self.server({})

    def unit(self, state: str, restarts: int = 3) -> None:
        told = f"ActiveState={state}\\nNRestarts={restarts}\\nMainPID=1\\nInactiveExitTimestampMonotonic=0\\n"
        self._tool("systemctl", told)

    def server(self, status: dict[str, str]) -> None:
        """What the server says of itself; nothing: it does not answer."""
        self._tool("mariadb", "".join(f"wsrep_{name}\\t{value}\\n" for name, value in status.items()))

    def saved(self, history: str, position: int) -> None:
        (self.folder / "grastate.dat").write_text(f"uuid:    {history}\nseqno:   {position}\n")

    def asked(self) -> tuple[bool, str, int]:
        told = replication_position(str(self.folder))
        assert told["ok"]
        return told["running"], told["history"], told["position"]

    def _tool(self, name: str, says: str) -> None:
        path = self._tools / name
        path.write_text(f"#!/bin/sh\nprintf '{says}'\n")
        path.chmod(0o755)


@pytest.fixture
def node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Node:
    for name in ("data", "tools"):
        (tmp_path / name).mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "tools"), prepend=":")
    return Node(tmp_path / "data", tmp_path / "tools")


def speaking(cluster: str, history: str = OURS, position: int = 4711) -> dict[str, str]:
    return {"cluster_status": cluster, "local_state_uuid": history, "last_committed": str(position)}


def test_a_member_of_the_primary_component_runs(node: Node) -> None:
    node.saved(OURS, -1)
    node.server(speaking("Primary"))
    assert node.asked() == (True, OURS, 4711)


@pytest.mark.parametrize("cluster", ["non-Primary", "Disconnected"])
def test_a_member_without_a_majority_tells_what_it_has_and_not_where_it_began(
    node: Node, cluster: str
) -> None:
    node.saved(OURS, -1)
    node.server(speaking(cluster))
    assert node.asked() == (False, OURS, 4711)


def test_a_member_that_stopped_in_order_has_written_its_position_down(node: Node) -> None:
    node.unit("inactive")
    node.saved(OURS, 42)
    assert node.asked() == (False, OURS, 42)


def test_a_server_that_has_nothing_yet_is_no_history(node: Node) -> None:
    node.server(speaking("non-Primary", NOBODYS, -1))
    assert node.asked() == (False, "", -1)


def test_a_member_that_has_just_begun_counts_as_running(node: Node) -> None:
    node.saved(OURS, 42)
    node.unit("activating", restarts=0)
    Path(node.folder, "sst_in_progress").touch()
    assert node.asked()[0]
    Path(node.folder, "sst_in_progress").unlink()
    node.unit("activating", restarts=1)
    assert not node.asked()[0], "one that waits for others again and again does not"
