"""What the host's own record says was put there is taken away whole, though death comes at any action."""

from __future__ import annotations

import pytest

from holdfast.hosts.act import act
from holdfast.hosts.fake import SimulatedHost
from holdfast.hosts.observe import Inquiry, observe
from holdfast.hosts.transport import Unreachable
from holdfast.model.plan import Action, Change, Forget, Keep, PutFile, Remove, Run, Step, Unit

UNIT = "/etc/systemd/system/w.service"
ARRIVING = (
    PutFile("/etc/w/conf", "x"),
    PutFile(UNIT, "[Service]"),
    Run(("w", "make"), mark="w.made", digest="1"),
    Unit("w.service", Change.START, "d"),
)
NEIGHBOUR = (PutFile("/etc/v/conf", "x"), Unit("v.service", Change.START, "d"))


async def leaving(host: SimulatedHost) -> tuple[Action, ...]:
    """By the host's record alone: the unit first, its data kept, its files last."""
    had = (await observe(host, Inquiry(inventory=True))).inventory.get("w")
    if had is None:
        return ()
    units = tuple(Unit(name, Change.STOP) for name in had.units)
    marks = tuple(Forget(mark=name) for name in had.marks)
    return (*units, Keep("/var/lib/w", "w"), *marks, *(Remove(path) for path in had.files))


async def arrived() -> SimulatedHost:
    host = SimulatedHost("a")
    assert (await act(host, "r1", Step("w", "a", ARRIVING, "", component="w"))).ok
    assert (await act(host, "r1", Step("v", "a", NEIGHBOUR, "", component="v"))).ok
    host.files["/var/lib/w/rows"] = "data"
    return host


# Arriving is 6 actions, leaving 5: unit, data, mark, two files.
@pytest.mark.parametrize("number", range(7, 12))
@pytest.mark.parametrize("when", ["before", "after"])
async def test_leaving_ends_whole(number: int, when: str) -> None:
    host = await arrived()
    assert len(await leaving(host)) == 5
    setattr(host, f"die_{when}", number)
    with pytest.raises(Unreachable):
        await act(host, "r2", Step("leave", "a", await leaving(host), "", component="w"))
    host.revive()
    assert (await act(host, "r3", Step("leave", "a", await leaving(host), "", component="w"))).ok
    assert await leaving(host) == ()
    assert set(host.files) == {"/etc/v/conf"}
    assert host.marks == {}
    assert (host.units["w.service"].active, host.units["w.service"].enabled) == ("inactive", False)
    assert host.units["v.service"].active == "active"
    assert host.kept == {"w": {"/var/lib/w/rows": "data"}}
