"""A cloud file in a lab, and the command line run on it as a person would."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from plots import Plot, plot

from holdfast.front.starter import starter
from holdfast.lab import problems

HOLDFAST = Path(sys.executable).with_name("holdfast")


@dataclass(frozen=True)
class Story:
    """A cloud file, and the command line run on it as a person would."""

    cloud: str
    file: Path

    def start(self, *words: str) -> "subprocess.Popen[str]":
        argv = (str(HOLDFAST), *words, "--cloud", str(self.file))
        nothing, pipe = subprocess.DEVNULL, subprocess.PIPE
        return subprocess.Popen(argv, stdin=nothing, stdout=pipe, stderr=pipe, text=True)

    def run(self, *words: str, timeout: float = 400) -> "subprocess.CompletedProcess[str]":
        process = self.start(*words)
        try:
            out, err = process.communicate(timeout=timeout)
        finally:
            process.kill()
        return subprocess.CompletedProcess(words, process.returncode, out, err)

    def ask(self, host: str, command: str) -> str:
        argv = (str(HOLDFAST), "lab", "shell", host, "--cloud", str(self.file))
        done = subprocess.run(argv, input=command.encode(), capture_output=True, timeout=60, check=False)
        return done.stdout.decode(errors="replace").strip()

    def power(self, host: str, state: str) -> None:
        assert self.run("lab", "power", host, state).returncode == 0

    def until(self, process: "subprocess.Popen[str]", seen: Callable[[str], bool]) -> None:
        """Reads a command's progress until a line says so."""
        assert process.stderr is not None
        for line in process.stderr:
            if seen(line):
                return
        raise AssertionError("the command ended before it came that far")


@contextmanager
def booted(folder: Path, cloud_file: Callable[[Plot], str]) -> Iterator[Story]:
    """The machines of a cloud file on ground of their own; the test is skipped where there can be none."""
    if os.geteuid() != 0 or problems():
        pytest.skip(f"no lab on this machine: {'; '.join(problems())}")
    with plot() as ground:
        file = folder / "cloud.yaml"
        file.write_text(cloud_file(ground))
        told = Story(ground.cloud, file)
        up = told.run("lab", "up", timeout=600)
        assert up.returncode == 0, up.stderr
        yield told


def three_controllers(ground: Plot) -> str:
    """The starter's own cloud file, on that ground."""
    text = starter(3).replace("198.18.0.", ground.address(0).removesuffix("0"))
    lines = [f"name: {ground.cloud}" if line.startswith("name:") else line for line in text.splitlines()]
    return "\n".join(lines) + "\n"
