"""Beside each engine a program that ends what a dead one left in progress."""

from __future__ import annotations

from holdfast.components.heat.settings import NAME
from holdfast.components.programs import program
from holdfast.components.questions.sign import looks
from holdfast.model.catalogue import Here
from holdfast.model.plan import PutFile
from holdfast.model.process import Ha, Process
from holdfast.model.question import Question
from holdfast.openstack.unit import STOP, unit

UNIT = "heat-abandoned.service"
PROGRAM = "/usr/libexec/holdfast/heat_abandoned.py"
FOLDER = "heat-abandoned"
SIGN = f"/run/{FOLDER}/looks"


def abandoned_files(here: Here, config: str) -> tuple[PutFile, ...]:
    """The program and its unit; `config` is the engine's file."""
    command = f"{here.site.release.python} -I {PROGRAM} {config} {SIGN}"
    lines = f"{STOP}RuntimeDirectory={FOLDER}\n"
    text = unit("Ends what a dead engine left in progress", NAME, command, "", stop=lines)
    return PutFile(PROGRAM, program("heat_abandoned.py")), PutFile(f"/etc/systemd/system/{UNIT}", text)


def abandoned(config: str) -> Process:
    """The unit as a process."""
    return Process(
        unit=UNIT,
        ha=Ha.WORKERS,
        watches=(PROGRAM, config, f"/etc/systemd/system/{UNIT}"),
        needs_release=True,
        health=Question("abandoned", looks, "it looks for what a dead engine left", {"sign": SIGN}),
    )
