"""What a lab is made from: networks, hosts, and each host's cards."""

from dataclasses import dataclass

from holdfast.lab.command import UnknownName
from holdfast.lab.segment import Segment, parse_subnet


@dataclass(frozen=True)
class LabNetwork:
    """A network of a lab: a segment of its own, on which nothing of the others is heard.

    `cidrs` is at most one IPv4 range inside 198.18.0.0/15 and at most one IPv6 range inside fd00::/8; none
    where the lab gives no addresses. `mtu` is in bytes, from 1280. With `uplink` this machine has the last
    usable IPv4 address and the IPv6 address that ends in fffe; on a lab's first network it always has.
    """

    name: str
    cidrs: tuple[str, ...] = ()
    mtu: int = 1500
    uplink: bool = False


@dataclass(frozen=True)
class LabCard:
    """A host's card on a network: at most one address of each of its ranges; bare without any.

    A bare card is up and has not even a link-local address: a bridge inside the host can take it.
    """

    network: str
    addresses: tuple[str, ...] = ()


@dataclass(frozen=True)
class LabHost:
    """A host of a lab; its first card is on the lab's first network and has an address: SSH goes there.

    Its IPMI BMC (address, user) will be fields here once fencing needs one.
    """

    name: str
    cards: tuple[LabCard, ...]

    @property
    def address(self) -> str:
        """Where SSH reaches it."""
        return self.cards[0].addresses[0]


@dataclass(frozen=True)
class LabSpec:
    """What a lab is made from; the first network is the one by which this machine reaches every host."""

    cloud: str
    networks: tuple[LabNetwork, ...]
    hosts: tuple[LabHost, ...]

    def interface(self, network: str) -> str:
        """The name inside every host of its card on a network: eth0 on the first. Raises UnknownName."""
        self.require_network(network)
        return next(segment.interface for segment in segments(self) if segment.name == network)

    def require_network(self, network: str) -> None:
        """Raise UnknownName unless there is such a network."""
        names = [known.name for known in self.networks]
        if network not in names:
            raise UnknownName(
                f"no network {network!r} in cloud {self.cloud}; its networks are {', '.join(names)}"
            )

    def has_uplink(self, network: LabNetwork) -> bool:
        """Whether this machine has an address on a network."""
        return network.uplink or network == self.networks[0]

    def host(self, name: str) -> LabHost:
        """The host of a name. UnknownName with the hosts there are."""
        for known in self.hosts:
            if known.name == name:
                return known
        names = [known.name for known in self.hosts]
        raise UnknownName(f"no lab host {name!r} in cloud {self.cloud}; its hosts are {', '.join(names)}")

    def networks_of(self, host: str, network: str | None = None) -> tuple[str, ...]:
        """A host's networks, or the one asked for alone. UnknownName where the host has no card on it."""
        names = tuple(card.network for card in self.host(host).cards)
        if network is None:
            return names
        self.require_network(network)
        if network not in names:
            raise UnknownName(
                f"lab host {host} has no card on network {network}; it is on {', '.join(names)}"
            )
        return (network,)


def segments(spec: LabSpec) -> tuple[Segment, ...]:
    """The networks as the kernel gets them. Raises LabError for a range that cannot be."""
    return tuple(
        Segment(
            position, network.name, tuple(map(parse_subnet, network.cidrs)), network.mtu,
            spec.has_uplink(network),
        )
        for position, network in enumerate(spec.networks)
    )  # fmt: skip
