"""Faults under load, with Holdfast's timers and with everybody's defaults."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from bench.figures import Failover, Stopped
from bench.sections import Bench, Measured, record
from bench.stopwatch import Failed
from holdfast.checks.budget import find_budget
from holdfast.drill.drill import DrillRefused
from holdfast.drill.judge.downtime import RULE as DOWNTIME
from holdfast.drill.result import DrillResult, Measure
from holdfast.faults import FaultError
from holdfast.front import drills
from holdfast.front.events import words
from holdfast.front.project import Project
from holdfast.hosts.transport import Unreachable
from holdfast.model.cloud import Timers

TEXT = """\
The longest time without a success as clients see it, from `holdfast drill`: clients outside of the hosts
issue and validate tokens, write numbered rows and publish confirmed messages while the fault strikes.
`stock` is the same machines, wiped and deployed from the same cloud file with `timers: stock`, in the same
run: every timer at its software's default. The last columns are stock's median over tuned's, and
acknowledged writes and messages lost with either.
"""
Rows = dict[tuple[str, str], Failover]


def run(bench: Bench) -> None:
    """All faults tuned, then all with stock timers; kept after each fault."""
    rows: Rows = {(r.fault, r.kind): r for r in _earlier(bench)}
    for timers in (Timers.TUNED, Timers.STOCK):
        with bench.quiet.stretch(f"failover, {timers} timers") as breathe:
            bench.lab.need(timers)
            project = bench.lab.project()
            for fault, times in _faults(project, bench):
                breathe()
                _strike(bench, project, fault, times, rows)
                bench.keep(record(bench, facts={"hosts": "3"}, failovers=tuple(rows.values())))


def _earlier(bench: Bench) -> tuple[Failover, ...]:
    """Rows of faults that are not struck in this run stay, where they are of the same commit and machine."""
    if bench.before is None or not bench.faults:
        return ()
    struck = {name.partition(":")[0] for name in bench.faults}
    now = record(bench)
    if (bench.before.commit, bench.before.machine) != (now.commit, now.machine):
        return ()
    return tuple(row for row in bench.before.failovers if row.fault not in struck)


def _faults(project: Project, bench: Bench) -> tuple[tuple[str, int], ...]:
    """Each with how often it is to strike; all of them, or those asked for as `NAME` or `NAME:TIMES`."""
    chosen = bench.faults or _ordinary(project)
    known = [fault.name for fault in drills.known_faults(project)]
    split = [text.partition(":") for text in chosen]
    if unknown := [name for name, _, times in split if name not in known or not (times or "1").isdecimal()]:
        raise Failed(f"no such faults: {', '.join(unknown)}; there are {', '.join(known)}")
    return tuple((name, int(times or bench.times(5))) for name, _, times in split)


def _ordinary(project: Project) -> tuple[str, ...]:
    """Both power losses, then what strikes the database's and the identity's own process."""
    known = [fault.name for fault in drills.known_faults(project)]
    database, identity = (_unit(project, c) for c in ("database", "identity"))
    wanted = [*drills.ORDINARY, f"kill-{database}", f"freeze-{database}"]
    wanted += [f"{family}-{identity}" for family in ("kill", "freeze", "refuse")]
    return tuple(name for name in wanted if name in known)


def _unit(project: Project, kind: str) -> str:
    return project.site.offering(kind).component.units[0].removesuffix(".service")


def _strike(bench: Bench, project: Project, fault: str, times: int, rows: Rows) -> None:
    timers = project.cloud.timers
    try:
        report = asyncio.run(drills.drill(project, (fault,), times, lambda told: bench.say(words(told))))
    except (DrillRefused, FaultError, Unreachable) as error:
        bench.say(f"failover: {fault} with {timers} timers was not measured: {error}")
        for key in [k for k in rows if k[0] == fault] or [(fault, "all")]:
            row = rows.get(key) or Failover(fault, key[1], None)
            rows[key] = _put(row, timers, Stopped(note=str(error).splitlines()[0]))
        return
    (result,) = report.results
    for measure in result.measures:
        key = (fault, measure.kind)
        row = rows.get(key) or Failover(fault, measure.kind, measure.promised)
        rows[key] = _put(row, timers, _stopped(project, fault, result, measure))
        if measure.median is not None:
            bench.say(f"failover: {fault}, {timers}: {measure.kind}: {measure.median:.2f} s")


def _put(row: Failover, timers: Timers, stopped: Stopped) -> Failover:
    return replace(row, tuned=stopped) if timers is Timers.TUNED else replace(row, stock=stopped)


def _stopped(project: Project, fault: str, result: DrillResult, measure: Measure) -> Stopped:
    budget = find_budget(project.site, fault, measure.kind)
    wanting = [f"{f.rule}: {f.detail}" for f in result.findings if f.verdict and f.rule != DOWNTIME]
    return Stopped(
        n=len(measure.measured),
        median=measure.median,
        worst=measure.worst,
        predicted=measure.predicted,
        cause=budget.cause.text if budget else "",
        lost=result.lost,
        note=wanting[0] if wanting else "",
    )


SECTION = Measured("failover", 50, "Failover", TEXT, needs_lab=True, run=run)
