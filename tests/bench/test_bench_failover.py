"""The failover section: which faults, how rows are filled, and what becomes of a fault that cannot strike."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent))

from three_hosts import make_site

from bench import machine
from bench.figures import Failover, Section, Stopped
from bench.quiet import Quiet
from bench.sections import Bench, commit, failover
from bench.stopwatch import Failed
from holdfast.drill.circumstances import Circumstances
from holdfast.drill.drill import DrillRefused
from holdfast.drill.result import DrillResult, Measure, Report
from holdfast.faults import Target
from holdfast.front import drills
from holdfast.model.cloud import Timers
from holdfast.model.finding import Finding, Verdict
from holdfast.model.hardware import Hardware

MACHINE = Hardware("A 68000", 2, 4.0, "Linux 6")
CIRCUMSTANCES = Circumstances(datetime(2026, 11, 21, tzinfo=UTC), "0", MACHINE, {}, Timers.TUNED, ())


class Lab:
    """Remembers which deployments were asked for."""

    def __init__(self) -> None:
        self.needed: list[Timers] = []

    def need(self, timers: Timers) -> None:
        self.needed.append(timers)

    def project(self) -> Any:
        site = make_site()
        cloud = replace(site.cloud, timers=self.needed[-1])
        return SimpleNamespace(cloud=cloud, site=replace(site, cloud=cloud), design=site)


def make_bench(kept: list[Section], *faults: str, before: Section | None = None) -> Bench:
    def say(_text: str) -> None: ...

    return Bench(Lab(), Quiet(None, say), say, kept.append, before, False, 2, faults)  # type: ignore[arg-type]


def result(name: str, seconds: tuple[float, ...], *findings: Finding) -> DrillResult:
    measure = Measure("identity.issue", 1.5, (0.5, 1.0), seconds)
    target = Target(name, ("c1",))
    return DrillResult(name, target, (measure,), 0, (3.0,), findings, ("f",), ((),), CIRCUMSTANCES)


@pytest.fixture
def struck(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str, int]]:
    """Drills that are slower with stock timers; a name with `freeze` is refused."""
    calls: list[tuple[str, str, int]] = []

    async def drill(project: Any, names: tuple[str, ...], repeats: int, _say: object) -> Any:
        (name,) = names
        calls.append((name, str(project.cloud.timers), repeats))
        if name.startswith("freeze"):
            raise DrillRefused("the cloud is not healthy\nmore words")
        slow = project.cloud.timers is Timers.STOCK
        wanting = Finding(Verdict.FAIL, "address", "x", "was on two hosts")
        struck = result(name, (6.0,) * repeats if slow else (1.0,) * repeats, wanting)
        return Report(Path("report"), (struck,))

    monkeypatch.setattr(drills, "drill", drill)
    return calls


def test_every_fault_is_struck_tuned_then_stock_and_kept_each_time(struck: list[Any]) -> None:
    kept: list[Section] = []
    bench = make_bench(kept, "power-address", "power-writer:3")
    failover.run(bench)
    assert bench.lab.needed == [Timers.TUNED, Timers.STOCK]  # type: ignore[attr-defined]
    assert struck == [
        ("power-address", "tuned", 2),
        ("power-writer", "tuned", 3),
        ("power-address", "stock", 2),
        ("power-writer", "stock", 3),
    ]
    assert len(kept) == 4
    row, other = kept[-1].failovers
    assert (row.fault, row.kind, row.promised) == ("power-address", "identity.issue", 1.5)
    assert (row.tuned.n, row.tuned.median, row.stock.median, other.tuned.n) == (2, 1.0, 6.0, 3)
    assert row.tuned.note == "address: was on two hosts"
    assert row.tuned.cause


def test_all_faults_of_the_promises_are_struck_by_default(struck: list[Any]) -> None:
    failover.run(make_bench([]))
    names = [name for name, timers, _ in struck if timers == "tuned"]
    assert names[:2] == ["power-address", "power-writer"]
    assert [name.partition("-")[0] for name in names[2:]] == ["kill", "freeze", "kill", "freeze", "refuse"]


def test_a_refused_drill_is_said_and_the_others_go_on(struck: list[Any]) -> None:
    kept: list[Section] = []
    names = [
        fault.name
        for fault in drills.known_faults(SimpleNamespace(design=make_site(), site=make_site()))  # type: ignore[arg-type]
        if fault.name.startswith("freeze")
    ]
    failover.run(make_bench(kept, names[0], "power-address"))
    refused, measured = kept[-1].failovers
    assert (refused.kind, refused.tuned.n, refused.tuned.note) == ("all", 0, "the cloud is not healthy")
    assert measured.stock.n == 2


def test_rows_of_other_faults_stay_unless_something_changed(struck: list[Any]) -> None:
    rows = (
        Failover("link-host", "database", 2.0, Stopped(5, 1.0, 1.5)),
        Failover("power-address", "old", 1.0),
    )
    before = Section("then", commit(), 0.0, machine.describe(), failovers=rows)
    kept: list[Section] = []
    failover.run(make_bench(kept, "power-address:1", before=before))
    assert [(r.fault, r.kind) for r in kept[-1].failovers] == [
        ("link-host", "database"),
        ("power-address", "identity.issue"),
    ]
    failover.run(make_bench(kept, "power-address", before=replace(before, commit="another")))
    assert [r.fault for r in kept[-1].failovers] == ["power-address"]


@pytest.mark.parametrize("name", ["no-such-fault", "power-address:often"])
def test_an_unknown_fault_is_refused_before_any_strike(name: str, struck: list[Any]) -> None:
    with pytest.raises(Failed, match=name.partition(":")[0]):
        failover.run(make_bench([], "power-writer", name))
    assert not struck
