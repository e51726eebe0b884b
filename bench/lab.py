"""The lab that is measured: a cloud called `bench` on its own network, its state in a temporary folder."""

from __future__ import annotations

import fcntl
import ipaddress
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from bench.stopwatch import Timed, timed
from holdfast.front.project import Project, open_project
from holdfast.front.starter import starter
from holdfast.lab.clean import clean_lab
from holdfast.lab.command import LabError
from holdfast.model.cloud import Timers

NAME = "bench"
PREFIX = "holdfast-bench-"
STARTER_NETWORK = "198.18.0."
LABS = ipaddress.ip_network("198.18.0.0/15")
HOLDFAST = str(Path(sys.executable).with_name("holdfast"))


def lab_network(text: str) -> str:
    """The first three numbers of a network, with their dots. Raises ValueError where no lab can be there."""
    network = ipaddress.ip_network(text)
    if not isinstance(network, ipaddress.IPv4Network) or network.prefixlen != 24:
        raise ValueError(f"{text}: the lab's network must be IPv4 and a /24")
    if not network.subnet_of(LABS):  # type: ignore[arg-type]
        raise ValueError(f"{text}: the lab's network must be inside {LABS}, which is for benchmarks")
    return str(network.network_address).removesuffix("0")


def cloud_text(network: str, timers: Timers) -> str:
    """The starter for three hosts, as `holdfast new` writes it, on the given network."""
    text = starter(3, NAME).replace(STARTER_NETWORK, network)
    return text.replace(f"\ntimers: {Timers.TUNED}\n", f"\ntimers: {timers}\n")


@dataclass
class BenchLab:
    """Three lab machines; what runs on them is remembered here, so that sections share a deployment."""

    folder: Path
    network: str
    say: Callable[[str], None]
    timers: Timers | None = field(default=None, init=False)

    @property
    def cloud_file(self) -> Path:
        """Where the cloud file is, or will be."""
        return self.folder / "cloud.yaml"

    def project(self) -> Project:
        """The cloud as it is written now."""
        return open_project(self.cloud_file)

    def holdfast(self, *words: str, fine: tuple[int, ...] = (0,)) -> Timed:
        """Runs the command line on this cloud. Raises Failed unless it ends with one of the codes `fine`."""
        return timed((HOLDFAST, *words, "--cloud", str(self.cloud_file)), fine=fine)

    def boot(self, timers: Timers) -> float:
        """Wipes what there is and boots three fresh machines; the seconds of booting alone."""
        if self.timers is not None:
            self.holdfast("lab", "down", "--wipe", "--yes")
            self.timers = None
        self.cloud_file.write_text(cloud_text(self.network, timers))
        self.say("booting three fresh machines")
        return self.holdfast("lab", "up").seconds

    def deploy(self, timers: Timers) -> float:
        """Deploys the booted machines; seconds."""
        self.say(f"deploying with {timers} timers")
        seconds = self.holdfast("apply", "--yes", "--why", "benchmark").seconds
        self.timers = timers
        return seconds

    def settle(self, limit: float = 120) -> None:
        """Waits until every functional question is answered well. Raises Failed."""
        until = time.monotonic() + limit
        while True:
            try:
                self.holdfast("status")
                return
            except Exception:
                if time.monotonic() > until:
                    raise
                time.sleep(1)

    def need(self, timers: Timers) -> None:
        """A healthy cloud with these timers, deployed unless it is there."""
        if self.timers is not timers:
            self.boot(timers)
            self.deploy(timers)
        self.settle()

    def shell(self, host: str, *words: str) -> str:
        """What a command printed on a machine. Raises Failed."""
        return timed((*self.project().lab.shell_argv(host), *words)).out


@contextmanager
def temporary_lab(network: str, say: Callable[[str], None]) -> Iterator[BenchLab]:
    """A lab whose every trace goes at the end; what an interrupted run left goes first."""
    with (Path(tempfile.gettempdir()) / "holdfast-bench.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LabError("another benchmark runs on this machine; wait for its end") from None
        _remove(say)
        folder = Path(tempfile.mkdtemp(prefix=PREFIX))
        try:
            yield BenchLab(folder, network, say)
        finally:
            _remove(say)


def _remove(say: Callable[[str], None]) -> None:
    if os.geteuid() == 0:
        clean_lab(NAME, say)
    for left in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with suppress(OSError):
            if left.lstat().st_uid == os.geteuid() and not left.is_symlink():
                shutil.rmtree(left)
