"""The commands that a person waits for most often."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable

from bench.figures import Figure, figure
from bench.lab import HOLDFAST
from bench.peers import BIN
from bench.sections import Bench, Measured, record
from bench.stopwatch import timed
from holdfast.front.exits import Exit
from holdfast.model.cloud import Timers

TEXT = """\
Whole processes, from the shell's view: Python's start, the cloud file, the connections, the answer.
`status`, `plan` and the bare connections go to the same three lab hosts. Peers of the same run: an
interpreter that does nothing, the other tools' own `--help`, and one bare `ssh HOST true` to each host, all
three at once.
"""


def run(bench: Bench) -> None:
    """Rounds of every command, so that a disturbance meets all of them."""
    acts = _acts(bench)
    samples: dict[str, list[float]] = {name: [] for name in acts}
    with bench.quiet.stretch("commands"):
        bench.lab.need(Timers.TUNED)
        for act in acts.values():
            act()  # the first reading of every file from the disk is nobody's daily experience
        for number in range(1, bench.times(10) + 1):
            for name, act in acts.items():
                samples[name].append(act())
            bench.say(f"commands: {number}: " + ", ".join(f"{n} {s[-1]:.2f} s" for n, s in samples.items()))
    bench.keep(record(bench, facts={"hosts": "3"}, figures=_figures(samples)))


def _acts(bench: Bench) -> dict[str, Callable[[], float]]:
    return {
        "help": lambda: timed((HOLDFAST, "--help")).seconds,
        "bare": lambda: timed((sys.executable, "-c", "pass")).seconds,
        "help.ansible": lambda: timed((str(BIN / "ansible-playbook"), "--help")).seconds,
        "help.pyinfra": lambda: timed((str(BIN / "pyinfra"), "--help")).seconds,
        "check": lambda: bench.lab.holdfast("check", fine=(Exit.HEALTHY, Exit.WANTING)).seconds,
        "status": lambda: bench.lab.holdfast("status").seconds,
        "plan": lambda: bench.lab.holdfast("plan").seconds,
        "ssh": lambda: _bare_connections(bench),
    }


def _bare_connections(bench: Bench) -> float:
    project = bench.lab.project()
    began = time.monotonic()
    calls = [
        subprocess.Popen((*project.lab.shell_argv(host.name), "true"), stdin=subprocess.DEVNULL)
        for host in project.cloud.hosts
    ]
    codes = [call.wait() for call in calls]
    assert not any(codes), codes
    return time.monotonic() - began


def _figures(samples: dict[str, list[float]]) -> dict[str, Figure]:
    return {
        "status": figure("`holdfast status`", samples["status"], promised=1.0, beside="ssh"),
        "plan": figure("`holdfast plan`, nothing to do", samples["plan"], beside="ssh"),
        "ssh": figure("bare ssh to each host", samples["ssh"]),
        "check": figure("`holdfast check`", samples["check"], beside="bare"),
        "help": figure("`holdfast --help`", samples["help"], promised=0.3, beside="bare"),
        "help.ansible": figure("`ansible-playbook --help`", samples["help.ansible"], beside="bare"),
        "help.pyinfra": figure("`pyinfra --help`", samples["help.pyinfra"], beside="bare"),
        "bare": figure("`python -c pass`", samples["bare"]),
    }


SECTION = Measured("commands", 20, "Commands", TEXT, needs_lab=True, run=run)
