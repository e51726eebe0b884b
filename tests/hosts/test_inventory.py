"""The host's record of what was put there for which component: never too little, and gone with the thing."""

from __future__ import annotations

import pytest

from holdfast.hosts.act import act
from holdfast.hosts.agent.inventory import claimed, dropped
from holdfast.hosts.fake import SimulatedHost
from holdfast.hosts.observe import Inquiry, observe
from holdfast.hosts.transport import Unreachable
from holdfast.model.observed import Belongings
from holdfast.model.plan import Claim, PutFile, Remove, Run, Step


def step(component: str, *actions) -> Step:
    return Step("s", "h", actions, "", component=component)


async def inventory(host) -> object:
    return (await observe(host, Inquiry(inventory=True))).inventory


async def test_it_is_on_record_before_it_is_there(folder) -> None:
    """Death between two actions must not leave a file that nobody knows of."""
    record = folder.root / "var/lib/holdfast/inventory.json"
    look = Run(("grep", "/etc/late", str(record)))
    assert (await act(folder.transport, "r", step("w", look, PutFile("/etc/late", "")))).ok
    broken = step("w", Run(("false",)), PutFile("/etc/never", ""))
    assert not (await act(folder.transport, "r", broken)).ok
    assert await inventory(folder.transport) == {"w": Belongings(files=("/etc/late", "/etc/never"))}
    assert record.stat().st_mode & 0o777 == 0o600


async def test_a_removal_that_fails_leaves_it_on_record(folder) -> None:
    put = step("w", PutFile("/etc/w/sub/file", ""), Claim(files=("/etc/w",)))
    for host in (folder.transport, SimulatedHost("h")):
        assert (await act(host, "r", put)).ok
        assert not (await act(host, "r", step("w", Remove("/etc/w")))).ok
        assert await inventory(host) == {"w": Belongings(files=("/etc/w", "/etc/w/sub/file"))}


async def test_a_damaged_record_is_told_and_never_written_over(folder) -> None:
    path = folder.root / "var/lib/holdfast/inventory.json"
    path.parent.mkdir(parents=True)
    for noise in ("{torn", "[]", '{"w": {}}', '{"w": 7}'):
        path.write_text(noise)
        with pytest.raises(Unreachable, match="is damaged: move it away"):
            await inventory(folder.transport)
        result = await act(folder.transport, "r", step("w", PutFile("/etc/w", "")))
        assert "is damaged: move it away" in result.error
        assert path.read_text() == noise
    assert not (folder.root / "etc/w").exists()
    await observe(folder.transport, Inquiry())  # who does not ask is not bothered


def act_on(kind: str, **fields: object) -> dict[str, object]:
    blank = {"files": (), "units": (), "marks": (), "mark": "", "unit": "", "change": ""}
    return {**blank, "kind": kind, **fields}


HAD = {"w": {"files": ["/etc/w", "/etc/w/x", "/etc/w2"], "units": ["w.service"], "marks": ["w.once"]}}


@pytest.mark.parametrize(
    ("action", "kind", "left"),
    [
        (act_on("Remove", path="/etc/w"), "files", ["/etc/w2"]),
        (act_on("Keep", path="/etc/w"), "files", ["/etc/w2"]),
        (act_on("Unit", name="w.service", change="stop"), "units", []),
        (act_on("Unit", name="w.service", change="restart"), "units", ["w.service"]),
        (act_on("Forget", mark="w.once"), "marks", []),
        (act_on("Forget", unit="w.service"), "units", ["w.service"]),
    ],
)
def test_what_goes_is_dropped(action, kind: str, left: list[str]) -> None:
    after = dropped(HAD, action)
    assert after["w"] == {**HAD["w"], kind: left}


@pytest.mark.parametrize(
    ("action", "has"),
    [
        (act_on("PutFile", path="/etc/w"), ("files", "/etc/w")),
        (act_on("Unit", name="w.service", change="start"), ("units", "w.service")),
        (act_on("Unit", name="w.service", change="restart"), ("units", "w.service")),
        (act_on("Run", mark="w.once"), ("marks", "w.once")),
        (act_on("Claim", marks=("w.once",)), ("marks", "w.once")),
    ],
)
def test_what_is_put_changes_hands(action, has: tuple[str, str]) -> None:
    kind, name = has
    after = claimed(HAD, "v", [action])
    assert after["v"][kind] == [name]
    assert name not in after["w"][kind]
    assert claimed(HAD, "", [action]) == HAD
    assert claimed(after, "v", [action]) == after


def test_who_only_has_a_unit_reload_does_not_own_it() -> None:
    reload = act_on("Unit", name="w.service", change="reload")
    assert claimed(HAD, "v", [reload]) == HAD


def test_a_component_with_nothing_left_is_gone() -> None:
    only = {"v": {"files": ["/f"], "units": [], "marks": []}}
    assert dropped(only, act_on("Remove", path="/f")) == {}
