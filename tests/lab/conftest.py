"""A lab of three real machines for these tests, in a cloud and network that nothing else uses."""

import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from holdfast.lab import Lab, LabCard, LabHost, LabNetwork, LabSpec, build_image, problems
from holdfast.lab.cables import Cables
from holdfast.lab.clean import clean_lab
from holdfast.lab.fabric import Fabric, short
from holdfast.lab.group import tree
from holdfast.lab.spec import segments

CLOUD = "holdfast-lab-tests"
# Small packages that take the one thing a machine could refuse them: an address, and the clock.
PACKAGES = ("keepalived", "chrony")


def one_network(cloud: str, cidr: str, **addresses: str) -> LabSpec:
    """A lab with nothing but a management network; hosts by name, each with its address."""
    hosts = tuple(LabHost(name, (LabCard("management", (address,)),)) for name, address in addresses.items())
    return LabSpec(cloud, (LabNetwork("management", (cidr,)),), hosts)


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
        return self.spec.host(host).address

    def cables(self, host: str) -> Cables:
        return Cables(Fabric(self.spec.cloud, segments(self.spec)), host, self.spec.host(host).cards)

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


def traces(cloud: str) -> list[str]:
    """All that speaks of a cloud's lab here; a dead process may wait a moment for init to reap it."""
    namespace = Fabric(cloud, ()).namespace
    found = [line for line in Path("/proc/self/mountinfo").read_text().splitlines()
             if cloud in line or namespace in line]  # fmt: skip
    found += [entry.name for entry in Path("/run/netns").glob(f"{namespace}*")]
    found += [entry.name for entry in Path("/sys/class/net").glob(f"hf{short(cloud)}*")]
    found += [str(path) for path in (tree() / "holdfast-lab" / cloud, Path("/var/lib/holdfast/lab") / cloud)
              if path.exists()]  # fmt: skip
    for cgroup in Path("/proc").glob("[0-9]*/cgroup"):
        try:
            found += [str(cgroup)] if f"/{cloud}/" in cgroup.read_text() else []
        except OSError:
            continue
    return found


@pytest.fixture(scope="session")
def image() -> Path:
    lacks = problems()
    if lacks:
        pytest.skip("; ".join(lacks))
    return build_image(PACKAGES, print)


@pytest.fixture(scope="module")
def three(image: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Three]:
    state = tmp_path_factory.mktemp("lab-state")
    addresses = {f"c{number}": f"198.18.250.1{number}" for number in (1, 2, 3)}
    spec = one_network(CLOUD, "198.18.250.0/24", **addresses)
    clean_lab(CLOUD, print)
    lab = Lab(spec, state)
    lab.up(image, print)
    yield Three(lab, spec, state, image)
    clean_lab(CLOUD, print)
