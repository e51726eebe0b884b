"""A lab of three real machines, and how tests use it."""

import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path

from plots import Plot

from holdfast.lab import Lab, LabCard, LabHost, LabNetwork, LabSpec
from holdfast.lab.cables import Cables
from holdfast.lab.fabric import Fabric, short
from holdfast.lab.group import tree
from holdfast.lab.spec import segments

# Small packages that take the one thing a machine could refuse them: an address, and the clock.
PACKAGES = ("keepalived", "chrony")


def one_network(cloud: str, cidr: str, **addresses: str) -> LabSpec:
    """A lab with nothing but a management network; hosts by name, each with its address."""
    hosts = tuple(LabHost(name, (LabCard("management", (address,)),)) for name, address in addresses.items())
    return LabSpec(cloud, (LabNetwork("management", (cidr,)),), hosts)


@dataclass(frozen=True)
class Three:
    """The lab under test and how to use it."""

    ground: Plot
    lab: Lab
    spec: LabSpec
    state: Path
    image: Path

    def run(self, host: str, command: str, timeout: float = 60) -> "subprocess.CompletedProcess[str]":
        argv = (*self.lab.shell_argv(host), command)
        nothing = subprocess.DEVNULL
        return subprocess.run(
            argv, stdin=nothing, capture_output=True, text=True, timeout=timeout, check=False
        )

    def ask(self, host: str, command: str) -> str:
        done = self.run(host, command)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def fresh(self) -> Lab:
        """The same lab as another process would open it."""
        return Lab(self.spec, self.state)

    def up(self) -> None:
        """Boots, as another process would, what is not running; plugs what is not plugged."""
        self.fresh().up(self.image, print)

    def address(self, host: str) -> str:
        return self.spec.host(host).address

    def cables(self, host: str) -> Cables:
        return Cables(Fabric(self.spec.cloud, segments(self.spec)), host, self.spec.host(host).cards)

    def answers(self, host: str) -> bool:
        return reachable(self.address(host))

    def processes(self, host: str) -> dict[int, str]:
        """A machine's processes as this machine sees them, by their control group; each with its name."""
        found = {}
        for cgroup in Path("/proc").glob("[0-9]*/cgroup"):
            try:
                if f"/{self.spec.cloud}/{host}/" in cgroup.read_text():
                    found[int(cgroup.parent.name)] = cgroup.with_name("comm").read_text().strip()
            except OSError:
                continue
        return found


def reachable(address: str) -> bool:
    """Whether an SSH server answers there within a second."""
    try:
        with socket.create_connection((address, 22), timeout=1) as connection:
            return connection.recv(4) == b"SSH-"
    except OSError:
        return False


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


def supervisor(cloud: str, host: str) -> int:
    """The process whose death is a machine's end."""
    group = tree() / "holdfast-lab" / cloud / host
    return int((group / "supervisor/cgroup.procs").read_text().split()[0])
