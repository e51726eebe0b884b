"""A thousand simulated hosts: observed and planned on one core."""

from __future__ import annotations

import json
import sys
from typing import Any

from bench.figures import Figure, figure
from bench.sections import ROOT, Bench, Measured, record
from bench.stopwatch import timed

HOSTS, MANY = 1000, 10_000
PROMISED, PROMISED_MANY, ROOM = 20.0, 60.0, 2048.0
PARTS = ("ask", "observe", "preflight", "plan")
TEXT = f"""\
{HOSTS:,} hosts in memory (`hosts/fake.py`) stand for real ones: 3 controllers, and {HOSTS - 3} with the
role `api`, the role of today's catalogue that can grow so far. A child process that is pinned to one core
does what `plan` does: what to ask of each host, asking it (programs and answers are made and read as JSON,
as over a connection; the network and the hosts' own work are not in it), whether hosts are fit, and the
plan. `first` meets empty hosts and plans everything; `nothing` meets the same hosts once every step of that
plan was done on them, and must find an empty plan. Memory is the most that observing and planning allocated
(tracemalloc, in a run of its own), for each host. The same with {MANY:,} hosts shows whether the time grows
with the hosts alone; its memory is all that the child process ever held, the simulated hosts included.
"""


def run(bench: Bench) -> None:
    """Each repeat is a process of its own; one more counts memory."""
    taken = []
    with bench.quiet.stretch("thousand") as breathe:
        for number in range(1, bench.times(5) + 1):
            breathe()
            taken.append(_child())
            first, nothing = (_total(taken[-1], phase) for phase in ("first", "nothing"))
            bench.say(f"thousand: {number}: {first:.2f} s first, {nothing:.2f} s with nothing to do")
    bench.say(f"thousand: {MANY:,} hosts")
    many = [_child(hosts=MANY) for _ in range(bench.times(3))]
    bench.say("thousand: counting memory")
    memory = _child("--memory")
    last = taken[-1]
    facts = {
        "hosts": f"{HOSTS:,}", "files on them": f"{last['files']:,}", "units on them": f"{last['units']:,}",
        "steps of the first plan": f"{last['steps']['first']:,}",
    }  # fmt: skip
    bench.keep(record(bench, facts=facts, figures=_figures(taken, memory) | _many(many)))


def _child(*words: str, hosts: int = HOSTS) -> Any:
    argv = (sys.executable, "-m", "bench.thousand", "--hosts", str(hosts), *words)
    return json.loads(timed(argv, cwd=ROOT, limit=1800).out)


def _total(one: Any, phase: str) -> float:
    return float(sum(one["seconds"][f"{phase}.{part}"] for part in PARTS))


def _figures(taken: list[Any], memory: Any) -> dict[str, Figure]:
    def of(text: str, key: str) -> Figure:
        return figure(text, [one["seconds"][key] for one in taken])

    def whole(text: str, phase: str) -> Figure:
        return figure(text, [_total(one, phase) for one in taken], promised=PROMISED)

    def kib(text: str, phase: str) -> Figure:
        return figure(text, [memory["peaks"][phase] / HOSTS / 1024], unit="KiB")

    return {
        "first": whole("1,000 hosts, first: observation and planning", "first"),
        "nothing": whole("1,000 hosts, nothing to do: observation and planning", "nothing"),
        "first.observe": of("of the first, observing", "first.observe"),
        "first.plan": of("of the first, the plan itself", "first.plan"),
        "read": of("reading the cloud file, before either", "read"),
        "made": of("making secrets and certificates, once in a cloud's life", "made"),
        "opened": of("opening them, every time after", "opened"),
        "memory.first": kib("memory per host, first", "first"),
        "memory.nothing": kib("memory per host, nothing to do", "nothing"),
    }


def _many(taken: list[Any]) -> dict[str, Figure]:
    first, nothing = ([_total(one, phase) for one in taken] for phase in ("first", "nothing"))
    room = [one["resident"] / 2**20 for one in taken]
    return {
        "many.first": figure(f"{MANY:,} hosts, first", first, promised=PROMISED_MANY),
        "many.nothing": figure(f"{MANY:,} hosts, nothing to do", nothing, promised=PROMISED_MANY),
        "many.memory": figure(
            f"{MANY:,} hosts, all of the process's memory", room, unit="MiB", promised=ROOM
        ),
    }


SECTION = Measured("thousand", 40, "A thousand hosts", TEXT, needs_lab=False, run=run)
