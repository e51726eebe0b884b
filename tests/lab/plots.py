"""Ground for the labs of these tests: a name and a network that no other lab on this machine has."""

import fcntl
import ipaddress
import json
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from holdfast.lab.clean import clean_lab

NUMBERS = range(240, 256)
LOCKS = Path("/run/lock")


@dataclass(frozen=True)
class Plot:
    """What one lab may use while it is held: a cloud's name and a network of 256 addresses."""

    number: int

    @property
    def cloud(self) -> str:
        return f"holdfast-tests-{self.number}"

    @property
    def network(self) -> str:
        return f"198.18.{self.number}.0/24"

    def address(self, last: int) -> str:
        return f"198.18.{self.number}.{last}"


@contextmanager
def plot() -> Iterator[Plot]:
    """Ground for one lab, cleaned before and after: another run of these tests at the same time gets other.

    The lock ends with its holder, so what a killed run left is cleaned by the next one.
    """
    with ExitStack() as locks:
        free = (Plot(number) for number in NUMBERS if _claimed(number, locks))
        mine = next((plot for plot in free if not _taken(plot)), None)
        assert mine, f"no network from 198.18.{NUMBERS[0]}.0/24 on is free: see `holdfast lab list`"
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
    """Whether an interface of this machine is in the network, when what an earlier run left is gone."""
    clean_lab(plot.cloud, print)
    shown = subprocess.run(("ip", "-json", "-4", "address", "show"), capture_output=True, check=True)
    addresses = [info["local"] for link in json.loads(shown.stdout) for info in link["addr_info"]]
    network = ipaddress.IPv4Network(plot.network)
    return any(ipaddress.IPv4Address(address) in network for address in addresses)
