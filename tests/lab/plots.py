"""Ground for the labs of these tests: a name and networks that no other lab on this machine has."""

import fcntl
import ipaddress
import json
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from holdfast.lab.clean import clean_lab

PLOTS, NETWORKS = range(8), range(8)
LOCKS = Path("/run/lock")


@dataclass(frozen=True)
class Plot:
    """What one lab may use while it is held: a cloud's name, and eight networks in each family.

    The methods take a network's number from 0 to 7, and an address's last number.
    """

    number: int

    @property
    def cloud(self) -> str:
        return f"holdfast-tests-{self.number}"

    def cidr(self, network: int = 0) -> str:
        return f"198.18.{self._third(network)}.0/24"

    def address(self, last: int, network: int = 0) -> str:
        return f"198.18.{self._third(network)}.{last}"

    def cidr6(self, network: int = 0) -> str:
        return f"fd00:18:{self._third(network)}::/64"

    def address6(self, last: int, network: int = 0) -> str:
        return f"fd00:18:{self._third(network)}::{last}"

    def _third(self, network: int) -> int:
        return 192 + len(NETWORKS) * self.number + network


@contextmanager
def plot() -> Iterator[Plot]:
    """Ground for one lab, cleaned before and after: another run of these tests at the same time gets other.

    The lock ends with its holder, so what a killed run left is cleaned by the next one.
    """
    with ExitStack() as locks:
        free = (Plot(number) for number in PLOTS if _claimed(number, locks))
        mine = next((plot for plot in free if not _taken(plot)), None)
        assert mine, f"no networks from {Plot(0).cidr()} on are free: see `holdfast lab list`"
        try:
            yield mine
        finally:
            clean_lab(mine.cloud, print)


def _claimed(number: int, locks: ExitStack) -> bool:
    lock = locks.enter_context((LOCKS / f"holdfast-tests-{number}").open("w"))
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _taken(plot: Plot) -> bool:
    """Whether an interface of this machine is in its networks, when what an earlier run left is gone."""
    clean_lab(plot.cloud, print)
    shown = subprocess.run(("ip", "-json", "address", "show"), capture_output=True, check=True)
    held = [ipaddress.ip_address(info["local"]) for link in json.loads(shown.stdout)
            for info in link["addr_info"]]  # fmt: skip
    cidrs = [cidr(number) for number in NETWORKS for cidr in (plot.cidr, plot.cidr6)]
    return any(address in ipaddress.ip_network(cidr) for address in held for cidr in cidrs)
