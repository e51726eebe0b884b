"""The simulated host tells what the real program tells: else nothing proved on it would mean anything."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from holdfast.hosts.act import act
from holdfast.hosts.contents import contents
from holdfast.hosts.fake import ScriptedHost, SimulatedHost
from holdfast.hosts.observe import Inquiry, observe
from holdfast.hosts.transport import Result, Transport, Unreachable
from holdfast.model.observed import Belongings, Observed
from holdfast.model.plan import Change, Claim, Forget, Keep, PutFile, Remove, Run, Step, Unit, Unpack

FILES = ("/f", "/gone", "/never", "/etc/w/a", "/etc/w/sub/b", "/var/w/data")
UNITS = ("w.service", "s.service", "f.service")
INQUIRY = Inquiry(FILES, (), UNITS, ("m", "n"), inventory=True)
SYSTEMD = """
state="$TOOLS/$(eval echo \\${$#})"
case "$*" in
  *NeedDaemonReload*) echo no;;
  *LoadState*) echo loaded;;
  "show --property=ActiveState "*) cat "$state" 2>/dev/null || echo inactive;;
  "show --property=ActiveState,UnitFileState "*)
    shift 3
    for unit in "$@"; do
      echo "ActiveState=$(cat "$TOOLS/$unit" 2>/dev/null || echo inactive)"
      if [ -e "$TOOLS/$unit.on" ]; then echo UnitFileState=enabled; else echo UnitFileState=disabled; fi
      echo
    done;;
  enable*) touch "$state.on";;
  disable*) rm "$state.on";;
  stop*) echo inactive > "$state";;
  start*|restart*|reload*) echo active > "$state";;
esac
"""


REFUSED = {
    Remove("/etc/w"): "it is a folder with something in it",
    Remove("/etc", recursive=True): "too much hangs on it",
    Keep("/etc/w", "../w"): "is not one plain name",
}


async def live(host: Transport, archive: Path) -> Observed:
    """A short life with every kind of action, a failure among them."""
    for number, (component, actions) in enumerate(
        (
            ("w", (PutFile("/f", "one"), PutFile("/gone", "x"), Run(("true",), mark="m", digest="d"))),
            ("w", (Unit("w.service", Change.START, "u:1"), Unit("s.service", Change.START, "u:1"))),
            ("v", (Unpack(str(archive), "/release/1"), PutFile("/f", "two", mode=0o600))),
            ("v", (Unit("w.service", Change.RELOAD, "u:2"), Unit("s.service", Change.STOP))),
            ("w", (Unit("f.service", Change.START, "u:1"), Forget("f.service"), Forget("n.service"))),
            ("", (PutFile("/etc/w/a", ""), PutFile("/etc/w/sub/b", ""), PutFile("/var/w/data", ""))),
            ("w", (Claim(("/etc/w/a", "/etc/w/sub/b", "/var/w/data", "/etc/x"), ("x.service",), ("n",)),)),
            ("w", (Remove("/etc/w/sub/b"), Remove("/etc/never"), Keep("/var/w", "w"), Keep("/var/w", "w"))),
            ("w", (Run(("true",), mark="n", digest="d"), Forget("w.service", "n"), Remove("/etc/x", True))),
        )
    ):
        step = Step(f"s{number}", host.host, actions, "", component=component)
        result = await act(host, "r", step)
        assert result.ok, result.error
    for action, error in REFUSED.items():
        assert error in (await act(host, "r", Step("s", host.host, (action,), ""))).error
    assert (await act(host, "r", Step("s", host.host, (Remove("/etc/w", True),), ""))).ok
    seen = await observe(host, INQUIRY)
    assert await contents(host, ("/f", "/never")) == {"/f": "two"}
    return seen


def comparable(seen: Observed) -> tuple[object, ...]:
    return seen.files, seen.packages, seen.units, seen.marks, seen.inventory


@pytest.mark.skipif(os.geteuid() != 0, reason="writes files of root: needs root")
async def test_both_tell_the_same_after_the_same_life(folder, tmp_path: Path) -> None:
    folder.tool("systemctl", SYSTEMD)
    folder.tool("tar")
    archive = tmp_path / "archive"
    archive.write_bytes(b"")
    simulated = SimulatedHost("simulated")
    real_end, simulated_end = await live(folder.transport, archive), await live(simulated, archive)
    assert comparable(real_end) == comparable(simulated_end)
    assert real_end.inventory == {
        "v": Belongings(files=("/f",)),
        "w": Belongings(("/gone",), ("f.service", "w.service", "x.service"), ("m",)),
    }
    assert (await observe(simulated, replace(INQUIRY, inventory=False))).inventory == {}
    assert (await observe(folder.transport, replace(INQUIRY, inventory=False))).inventory == {}
    simulated.units["w.service"] = replace(simulated.units["w.service"], applied="u:1")
    assert comparable(real_end) != comparable(await observe(simulated, INQUIRY))


async def test_it_dies_when_told_and_comes_back_as_it_was(tmp_path: Path) -> None:
    files = (PutFile("/1", ""), PutFile("/2", ""), PutFile("/3", ""))
    for when, there in (("die_before", {"/1"}), ("die_after", {"/1", "/2"})):
        host = SimulatedHost("h")
        setattr(host, when, 2)
        with pytest.raises(Unreachable):
            await act(host, "r", Step("s", "h", files, ""))
        with pytest.raises(Unreachable):
            await observe(host, Inquiry())
        host.revive()
        assert set(host.files) == there
        assert (await act(host, "r", Step("s", "h", files, ""))).done == 3


async def test_a_scripted_host_is_a_function() -> None:
    host = ScriptedHost("h", lambda argv, stdin: Result(len(argv), stdin.decode(), ""))
    assert await host.run(("a", "b"), stdin=b"in") == Result(2, "in", "")
    await host.put("/p", b"data")
    assert host.files == {"/p": b"data"}
