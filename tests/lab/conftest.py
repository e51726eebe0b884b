"""A lab of three real machines for these tests, in a cloud and network that nothing else uses."""

import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from holdfast.lab import Lab, LabHost, LabSpec, build_image, problems
from holdfast.lab.clean import clean_lab

CLOUD = "holdfast-lab-tests"
# Small packages that take the one thing a machine could refuse them: an address, and the clock.
PACKAGES = ("keepalived", "chrony")


@dataclass(frozen=True)
class Three:
    """The lab under test and how to use it."""

    lab: Lab
    spec: LabSpec
    state: Path
    image: Path

    def run(self, host: str, command: str, timeout: float = 30) -> "subprocess.CompletedProcess[str]":
        argv = (*self.lab.shell_argv(host), command)
        return subprocess.run(argv, capture_output=True, text=True, timeout=timeout, check=False)

    def ask(self, host: str, command: str) -> str:
        done = self.run(host, command)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def fresh(self) -> Lab:
        """The same lab as another process would open it."""
        return Lab(self.spec, self.state)

    def address(self, host: str) -> str:
        return next(known.address for known in self.spec.hosts if known.name == host)

    def answers(self, host: str) -> bool:
        return reachable(self.address(host))


def reachable(address: str) -> bool:
    """Whether an SSH server answers there within a second."""
    try:
        with socket.create_connection((address, 22), timeout=1) as connection:
            return connection.recv(4) == b"SSH-"
    except OSError:
        return False


def wait_until(holds: Callable[[], bool], deadline_s: float = 30) -> None:
    until = time.monotonic() + deadline_s
    while not holds():
        assert time.monotonic() < until, f"still not so after {deadline_s} s"
        time.sleep(0.1)


@pytest.fixture(scope="session")
def image() -> Path:
    lacks = problems()
    if lacks:
        pytest.skip("; ".join(lacks))
    return build_image(PACKAGES, print)


@pytest.fixture(scope="module")
def three(image: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Three]:
    state = tmp_path_factory.mktemp("lab-state")
    hosts = tuple(LabHost(f"c{number}", f"198.18.250.1{number}") for number in (1, 2, 3))
    spec = LabSpec(CLOUD, "198.18.250.0/24", hosts)
    clean_lab(CLOUD, print)
    lab = Lab(spec, state)
    lab.up(image, print)
    yield Three(lab, spec, state, image)
    clean_lab(CLOUD, print)
