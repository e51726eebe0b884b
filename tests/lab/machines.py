"""A lab of three real machines, and how tests use it."""

import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path

from holdfast.lab import Lab, LabSpec

# Small packages that take the one thing a machine could refuse them: an address, and the clock.
PACKAGES = ("keepalived", "chrony")


@dataclass(frozen=True)
class Three:
    """The lab under test and how to use it."""

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
        return next(known.address for known in self.spec.hosts if known.name == host)

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
