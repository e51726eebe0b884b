"""A whole drill without a cloud: clients, hosts, power and time are played."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import pytest
from played import QUICK, make, turn_back

from holdfast.drill.drill import DrillRefused
from holdfast.drill.healing import heal_open
from holdfast.drill.history import read_history
from holdfast.drill.runner import run_drill
from holdfast.faults import FaultError
from holdfast.hosts.fake import ScriptedHost
from holdfast.hosts.transport import Result, Unreachable
from holdfast.journal import FaultInjected
from holdfast.model.finding import Verdict


@pytest.fixture(autouse=True)
def _certificates_are_young(monkeypatch: pytest.MonkeyPatch) -> None:
    turn_back(monkeypatch)


async def test_a_drill_from_the_look_before_to_the_verdict(tmp_path: Path) -> None:
    drill, world, said = make(tmp_path)
    (result,) = await run_drill(["power-address"], 2, drill)
    assert [f for f in result.findings if f.verdict is not Verdict.PASS] == []
    assert (result.target.where, result.lost, len(result.redundancy)) == ("c2", 0, 2)
    address = next(m for m in result.measures if m.kind == "address")
    assert (address.promised, address.predicted) == (0.3, (0.3, 0.5))
    assert address.worst is not None and 0.09 < address.worst < 0.5
    assert len(address.measured) == 2
    assert world.deeds == ["on c2", "off c2", "on c2", "forget"] * 2
    assert drill.journal.open_faults() == ()
    phases = [p.phase for p in said if p.repeat == 1]
    assert phases == ["look", "load", "inject", "hold", "heal", "return", "judge", "done"]


async def test_every_run_leaves_its_folder(tmp_path: Path) -> None:
    drill, _, _ = make(tmp_path)
    (result,) = await run_drill(["power-address@c1"], 1, drill)
    folder = drill.folder / result.folders[0]
    assert {p.name for p in folder.iterdir()} == {"history.jsonl", "findings.json", "report.html", "logs"}
    logs = {p.name for p in (folder / "logs").iterdir()}
    assert logs == {f"{host}{end}" for host in ("c1", "c2", "c3") for end in (".log", "-bus.log")}
    assert "a password: ***" in (folder / "logs" / "c1.log").read_text()
    assert len(read_history(folder / "history.jsonl")) > 50
    assert json.loads((folder / "findings.json").read_text())["data"]["target"]["hosts"] == ["c1"]
    (told,) = json.loads((drill.folder / "results.json").read_text())["data"]["results"]
    assert told["fault"] == "power-address@c1"
    assert "power-address" in (drill.folder / "report.html").read_text()
    assert f"{drill.folder.name}/report.html" in (drill.folder.parent / "index.html").read_text()


async def test_what_draws_the_pictures_lies_once_in_a_drills_folder(tmp_path: Path) -> None:
    drill, _, _ = make(tmp_path)
    await run_drill(["power-address"], 2, drill)
    large = [p.relative_to(drill.folder) for p in drill.folder.rglob("*") if p.stat().st_size > 1_000_000]
    assert large == [Path("plotly.min.js")]


async def test_the_index_knows_earlier_drills(tmp_path: Path) -> None:
    """One that was interrupted, one of an earlier version, and one that left anything at all."""
    for name, text in (("1-cut", ""), ("2-old", '{"data": {"results": [{}]}}'), ("3-odd", "no JSON")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "results.json").write_text(text)
    drill, _, _ = make(tmp_path)
    await run_drill(["power-address"], 1, drill)
    page = (tmp_path / "index.html").read_text()
    assert all(name in page for name in ("1-cut", "2-old", "3-odd")) and "✔ pass" in page


async def test_what_the_hosts_say_of_a_run_is_kept_with_it(tmp_path: Path) -> None:
    drill, _, _ = make(tmp_path)
    (result,) = await run_drill(["power-address"], 2, drill)
    first, last = (
        json.loads((drill.folder / f / "findings.json").read_text())["data"] for f in result.folders
    )
    for told in (first, last):
        took = [
            h["seconds"] - told["injected"] for h in told["happenings"] if h["text"] == "takes the address"
        ]
        assert any(0.0 < seconds < 0.2 for seconds in took)
        assert {
            "landmark": "address",
            "what": "the address's holder",
            "before": ["c2"],
            "after": ["c2"],
        } in told["whereabouts"]
        assert told["circumstances"]["hosts"]["c1"] == {
            "processor": "A 68000",
            "cores": 2,
            "memory": 4.0,
            "kernel": "Linux 6",
        }
        assert "address.advert" in {timer["name"] for timer in told["circumstances"]["timers"]}
    (kept,) = json.loads((drill.folder / "results.json").read_text())["data"]["results"]
    assert kept["happenings"] == [first["happenings"], last["happenings"]]
    assert kept["circumstances"]["version"] == version("holdfast")


async def test_a_cloud_that_is_not_healthy_is_not_broken_further(tmp_path: Path) -> None:
    drill, world, _ = make(tmp_path)
    world.down, world.stay_down = {"c3"}, True
    with pytest.raises(DrillRefused, match="not healthy") as caught:
        await run_drill(["power-address"], 1, drill)
    assert any("c3" in f.subject for f in caught.value.findings)
    assert world.deeds == []


async def test_a_fault_left_by_a_dead_process_is_healed_first(tmp_path: Path) -> None:
    drill, world, _ = make(tmp_path)
    left = {"fault": "power-host", "host": "c3", "unit": "", "address": "", "port": 0}
    drill.journal.append(FaultInjected("old", "power-host", "c3", left))
    world.down = {"c3"}
    await run_drill(["power-address"], 1, drill)
    assert world.deeds[0] == "on c3"
    assert drill.journal.open_faults() == ()
    assert await heal_open(drill) == ()


async def test_what_does_not_come_back_fails_redundancy(tmp_path: Path) -> None:
    drill, world, _ = make(tmp_path)
    world.stay_down = True
    (result,) = await run_drill(["power-address"], 1, drill)
    assert result.redundancy == (None,)
    failed = {f.rule for f in result.findings if f.verdict is Verdict.FAIL}
    assert failed == {"redundancy"}
    assert "forget" not in world.deeds


async def test_an_interrupted_drill_heals_and_stops_its_clients(tmp_path: Path) -> None:
    drill, world, _ = make(tmp_path, timing=replace(QUICK, hold_least=30, hold_most=60))
    task = asyncio.create_task(run_drill(["power-address"], 1, drill))
    for _ in range(200):
        await asyncio.sleep(0.02)
        if "off c2" in world.deeds:
            break
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert world.deeds[-1] == "on c2" and world.down == set()
    assert drill.journal.open_faults() == ()
    assert world.clients_stopped


async def test_a_fault_that_cannot_be_injected_is_healed_and_closed(tmp_path: Path) -> None:
    drill, world, _ = make(tmp_path)

    async def off(_host: str) -> None:
        raise FaultError("the switch is stuck")

    world.off = off  # type: ignore[method-assign]
    with pytest.raises(FaultError, match="stuck"):
        await run_drill(["power-address"], 1, drill)
    assert world.deeds[-1] == "on c2" and drill.journal.open_faults() == ()


async def test_without_a_power_switch_nothing_is_journalled(tmp_path: Path) -> None:
    drill, _, _ = make(tmp_path)
    hands = replace(drill.hands, power=None)
    with pytest.raises(FaultError, match="no way to switch"):
        await run_drill(["power-address"], 1, replace(drill, hands=hands))
    assert list(drill.journal.read()) == []


async def test_clients_that_cannot_work_are_a_reason_to_break_nothing(tmp_path: Path) -> None:
    drill, world, _ = make(tmp_path)
    world.mute = "database.write"
    with pytest.raises(DrillRefused, match=r"database\.write: no operation ended"):
        await run_drill(["power-address"], 1, drill)
    assert "off c2" not in world.deeds
    assert world.clients_stopped


async def test_an_unknown_name_is_refused_before_anything(tmp_path: Path) -> None:
    drill, world, _ = make(tmp_path)
    with pytest.raises(FaultError, match="melt-host"):
        await run_drill(["power-address", "melt-host"], 1, drill)
    assert world.deeds == []


@pytest.mark.parametrize("where", ["zulu", "zone:nowhere", "most"])
async def test_a_place_that_cannot_be_is_refused_before_any_host_is_asked(tmp_path: Path, where: str) -> None:
    drill, world, _ = make(tmp_path)
    world.down = {"c1", "c2", "c3"}
    with pytest.raises(FaultError, match=f"{where}.*c1, c2, c3"):
        await run_drill(["power-address", f"power-address@{where}"], 1, drill)
    assert not drill.folder.exists()


async def test_a_log_that_cannot_be_fetched_says_why(tmp_path: Path) -> None:
    def gone(*_: object) -> Result:
        raise Unreachable("c3", "it lost its power", "switch it on")

    drill, _, _ = make(tmp_path)
    transports = {**drill.hands.transports, "c3": ScriptedHost("c3", gone)}
    drill = replace(drill, hands=replace(drill.hands, transports=transports))
    (result,) = await run_drill(["power-address"], 1, drill)
    log = drill.folder / result.folders[0] / "logs" / "c3.log"
    assert "it lost its power" in log.read_text()


async def test_no_repeat_breaks_nothing_and_finds_nothing(tmp_path: Path) -> None:
    drill, world, _ = make(tmp_path)
    assert await run_drill(["power-address"], 0, drill) == ()
    assert world.deeds == []
