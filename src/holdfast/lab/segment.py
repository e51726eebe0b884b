"""One network of a lab as the kernel gets it: its ranges of addresses, and the names of its interfaces."""

import ipaddress
from dataclasses import dataclass

from holdfast.lab.command import LabError

IPV4_RANGE = ipaddress.IPv4Network("198.18.0.0/15")
IPV6_RANGE = ipaddress.IPv6Network("fd00::/8")
_SMALLEST = {4: 29, 6: 112}

Subnet = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def parse_subnet(text: str) -> Subnet:
    """A network's range of addresses; LabError unless inside 198.18.0.0/15 or fd00::/8 and large enough."""
    try:
        subnet = ipaddress.ip_network(text)
    except ValueError as error:
        raise LabError(f"the lab's network {text!r} is not an IPv4 or IPv6 network: {error}") from error
    inside = subnet.subnet_of(IPV4_RANGE) if subnet.version == 4 else subnet.subnet_of(IPV6_RANGE)
    if not inside:
        raise LabError(
            f"the lab's network {subnet} is outside {IPV4_RANGE} and {IPV6_RANGE}: lab traffic stays in the "
            "benchmark range and in unique local addresses, so that nothing in it can be meant for a real "
            "machine; use for example 198.18.0.0/24 or fd00:18::/64"
        )
    if subnet.prefixlen > _SMALLEST[subnet.version]:
        raise LabError(
            f"the lab's network {subnet} is too small: a /{_SMALLEST[subnet.version]} is the least"
        )
    return subnet


def read_address(text: str) -> Address | None:
    """An address of either family, or None for what is none."""
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def own_address(subnet: Subnet) -> Address:
    """This machine's address in a range: the last usable one, of IPv6 that of the first 65,536."""
    if isinstance(subnet, ipaddress.IPv6Network):
        return subnet.network_address + 0xFFFE
    return subnet.broadcast_address - 1


@dataclass(frozen=True)
class Segment:
    """A network by its position in the spec, from 0; with `uplink` this machine has an address on it."""

    position: int
    name: str
    subnets: tuple[Subnet, ...]
    mtu: int
    uplink: bool

    @property
    def bridge(self) -> str:
        """The bridge, in the fabric's namespace."""
        return f"net{self.position}"

    @property
    def interface(self) -> str:
        """A host's card on this network, by the name it has inside every host."""
        return f"eth{self.position}"

    @property
    def own(self) -> tuple[str, ...]:
        """This machine's addresses with their prefix lengths; none without an uplink."""
        ranges = self.subnets if self.uplink else ()
        return tuple(f"{own_address(subnet)}/{subnet.prefixlen}" for subnet in ranges)

    def with_prefix(self, address: str) -> str:
        """A host's address with the prefix length of the range it is in."""
        known = ipaddress.ip_address(address)
        (length,) = (subnet.prefixlen for subnet in self.subnets if known in subnet)
        return f"{address}/{length}"
