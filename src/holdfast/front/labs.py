"""The lab's use cases: the machines of a cloud file on this machine."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from holdfast.components import catalogue
from holdfast.front.events import Say, lines
from holdfast.front.project import Project
from holdfast.lab.command import LabError
from holdfast.lab.lab import Lab
from holdfast.lab.volume import Volume


def lab_image(say: Say) -> Path:
    """The image every lab host starts from: all packages of the whole catalogue. Raises LabError."""
    from holdfast.lab.image import build_image

    return build_image(sorted({p for component in catalogue() for p in component.packages}), lines(say))


def require_lab() -> None:
    """Raises LabError with every reason why this machine cannot hold a lab, each with its cure."""
    from holdfast.lab.preflight import problems

    if found := problems():
        raise LabError("this machine cannot hold a lab: " + "; ".join(found))


def require_root() -> None:
    """Raises LabError where this process may not touch a lab."""
    if os.geteuid() != 0:
        raise LabError("only root can use labs (machines, networks and mounts): run it with sudo")


def up(project: Project, say: Say, data_disk: int | None = None) -> None:
    """Boots every host of the cloud file; hosts that run are left alone. Raises LabError.

    `data_disk`: MiB of a disk of its own for each folder of data, on hosts that are made now.
    """
    require_lab()
    folders = {folder for component in project.design.catalogue for folder in component.keeps}
    volumes = [Volume(folder, data_disk) for folder in sorted(folders) if data_disk is not None]
    project.lab.up(lab_image(say), lines(say), volumes)


def clean(say: Say) -> None:
    """Removes every trace of every lab on this machine. Raises LabError."""
    from holdfast.lab.clean import clean_all

    require_root()
    clean_all(lines(say))


class LabPower:
    """The lab's power switches and cables, as faults use them."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab

    async def off(self, host: str) -> None:
        """Cuts the power at once."""
        await asyncio.to_thread(self._lab.power, host, "off")

    async def on(self, host: str) -> None:
        """Gives power; a cable that was pulled stays so."""
        await asyncio.to_thread(self._lab.power, host, "on")

    async def link(self, host: str, up: bool, network: str | None = None) -> None:
        """Pulls or plugs the cable to one network, or all cables of the host."""
        await asyncio.to_thread(self._lab.link, host, "up" if up else "down", network)
