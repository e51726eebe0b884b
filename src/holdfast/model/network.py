"""Networks of a cloud, and a host's cards on them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Purpose(StrEnum):
    """What a network is for. A purpose that no network has is served by the management network."""

    MANAGEMENT = "management"
    PUBLIC = "public"
    STORAGE = "storage"
    TENANT = "tenant"
    PROVIDER = "provider"


class BondMode(StrEnum):
    """How the members of a bond share the traffic, in the kernel's words."""

    ACTIVE_BACKUP = "active-backup"
    LACP = "802.3ad"
    XOR = "balance-xor"


@dataclass(frozen=True)
class Network:
    """A network of one family, `cidr` in CIDR notation ("" where its cards have no addresses).

    `virtual_address` moves between endpoint hosts: the internal one on the management network, the public
    one on the public network; "" elsewhere. What answers from it leaves by `gateway`, "" where all of its
    clients are on the network itself. `mtu` is in bytes.
    """

    name: str
    cidr: str
    purposes: frozenset[Purpose] = frozenset(Purpose)
    virtual_address: str = ""
    gateway: str = ""
    mtu: int = 1500


@dataclass(frozen=True)
class Card:
    """A host's card on a network, tagged with `vlan` where that is not 0; bare where `address` is "".

    It is known by the `interface` (of which a bond is one) or the `mac` below the tag, each "" where nothing
    is said of it. Only with `manage` does Holdfast set it up; all others it leaves alone.
    """

    network: Network
    address: str = ""
    interface: str = ""
    mac: str = ""
    vlan: int = 0
    manage: bool = False

    @property
    def device(self) -> str:
        """The interface that has the address: the tagged one where there is a tag."""
        return f"{self.interface}.{self.vlan}" if self.vlan else self.interface


@dataclass(frozen=True)
class Bond:
    """Interfaces of a host as one, by the name `name`."""

    name: str
    members: tuple[str, ...]
    mode: BondMode = BondMode.ACTIVE_BACKUP
