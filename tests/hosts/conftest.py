"""Hosts that are this machine: a folder with stand-ins for the distribution's tools, and an SSH server."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from claims import Clock
from ssh_server import Server, serving

from holdfast.hosts.fake import SimulatedHost
from holdfast.hosts.local import LocalTransport


@dataclass(frozen=True)
class Folder:
    """`root` is the host's /, `tools` a folder in front of its PATH, `calls` what the stand-ins noted."""

    root: Path
    tools: Path

    @property
    def transport(self) -> LocalTransport:
        path = f"{self.tools}:{os.environ['PATH']}"
        return LocalTransport(
            "folder", {"HOLDFAST_ROOT": str(self.root), "PATH": path, "TOOLS": str(self.tools)}
        )

    @property
    def calls(self) -> list[str]:
        noted = self.tools / "calls"
        return noted.read_text().splitlines() if noted.exists() else []

    def tool(self, name: str, script: str = "") -> None:
        """A stand-in: notes its arguments, then runs `script`."""
        path = self.tools / name
        path.write_text(f'#!/bin/sh\necho "{name} $*" >> "$TOOLS/calls"\n{script}\n')
        path.chmod(0o755)


@pytest.fixture
def make_folder(tmp_path: Path) -> Callable[[str], Folder]:
    def make(name: str) -> Folder:
        root, tools = tmp_path / name / "root", tmp_path / name / "tools"
        root.mkdir(parents=True)
        tools.mkdir()
        return Folder(root, tools)

    return make


@pytest.fixture
def folder(make_folder: Callable[[str], Folder]) -> Folder:
    return make_folder("a")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def hosts(clock: Clock) -> dict[str, SimulatedHost]:
    return {name: SimulatedHost(name, clock=clock) for name in ("a", "b", "c")}


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    async with serving(tmp_path) as here:
        yield here
