"""What a bridge or uplink is for, kept by the kernel as its alias: any process can read whose it is."""

import ipaddress
import re
from dataclasses import dataclass

from holdfast.lab.segment import Subnet

_PLATE = re.compile(r"^holdfast lab (?P<cloud>[a-z0-9-]+)(?: (?P<network>[a-z0-9-]+)(?P<subnets>( \S+)*))?$")


@dataclass(frozen=True)
class Nameplate:
    """A network of a cloud's lab, with its address ranges."""

    cloud: str
    network: str = ""
    subnets: tuple[Subnet, ...] = ()

    @property
    def text(self) -> str:
        """The alias; at most 200 characters for names of at most 63."""
        return " ".join(("holdfast lab", self.cloud, self.network, *map(str, self.subnets)))


def read_nameplate(alias: str) -> Nameplate | None:
    """The reverse of `Nameplate.text`, or None for an interface that is no lab's."""
    found = _PLATE.match(alias)
    if found is None:
        return None
    subnets = tuple(ipaddress.ip_network(text) for text in (found["subnets"] or "").split())
    return Nameplate(found["cloud"], found["network"] or "", subnets)
