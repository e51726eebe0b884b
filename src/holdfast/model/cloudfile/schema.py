"""The cloud file's schema: what may stand where, with the words that its reference is made from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, IPvAnyAddress

from holdfast.model.address import REACHED
from holdfast.model.cloud import Firewall, SecretFrom, Timers
from holdfast.model.network import BondMode, Purpose

LABEL = r"^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$"
"""A DNS label that cannot be taken for a number."""

WORD = r"^[A-Za-z0-9]([A-Za-z0-9._-]{0,62}[A-Za-z0-9])?$"
SERVER = r"^[A-Za-z0-9]([A-Za-z0-9.:-]{0,252}[A-Za-z0-9])?$"
VARIABLE = r"^[A-Za-z_][A-Za-z0-9_]*$"
INTERFACE = r"^[A-Za-z][A-Za-z0-9_-]{0,14}$"
MAC = r"^[0-9a-f]{2}(:[0-9a-f]{2}){5}$"
DEVICE = r"^/dev(/[A-Za-z0-9_.:+-]+)+$"
USER = r"^[a-z_][a-z0-9_-]{0,31}$"

ALLOWED: Mapping[str, str] = {
    LABEL: "a small letter, then small letters, digits and hyphens, at most 63 in all, no hyphen at the end",
    WORD: "made of letters, digits, dots, hyphens and underscores, at most 64 in all, a letter or digit at "
    "both ends",
    SERVER: "a host's name or address: letters, digits, dots, colons and hyphens, a letter or digit at both "
    "ends",
    VARIABLE: "a variable's name: letters, digits and underscores, no digit first",
    INTERFACE: "an interface's name: a letter, then letters, digits, underscores and hyphens, at most 15 in "
    "all",
    MAC: "six pairs of hexadecimal digits in lower case with colons between them, like 52:54:00:12:34:56",
    USER: "a user's name: a small letter or underscore, then small letters, digits, underscores and hyphens, "
    "at most 32 in all",
    DEVICE: "a device's path: `/dev/`, then names of letters, digits and . _ : + -",
    REACHED: "`host`, `user@host` or `user@host:port`, an IPv6 address in brackets",
}
"""What each pattern allows, in words."""

Label = Annotated[str, Field(pattern=LABEL)]
Word = Annotated[str, Field(pattern=WORD)]
Server = Annotated[str, Field(pattern=SERVER)]
Variable = Annotated[str, Field(pattern=VARIABLE)]
Text = Annotated[str, Field(min_length=1)]
Interface = Annotated[str, Field(pattern=INTERFACE)]
Mac = Annotated[str, Field(pattern=MAC)]


class Section(BaseModel):
    """A part of the cloud file: unknown keys are faults."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class NetworkSection(Section):
    """One network for every purpose, and the address on it that moves between the endpoint hosts."""

    name: Label = Field("control", description="what the network is called")
    cidr: Text = Field(description="the network of all host addresses, as `first address/prefix`")
    virtual_address: IPvAnyAddress = Field(
        description="the address that clients use; it must be in the network and belong to no host"
    )


class NetworkEntry(Section):
    """A network of several, by its name."""

    cidr: Text | None = Field(
        None,
        description="its addresses, as `first address/prefix`; needed for management and for the public",
    )
    purposes: list[Purpose] = Field(
        min_length=1,
        description="what it is for; each purpose is on one network, and the management network serves those "
        "that are on none",
    )
    virtual_address: IPvAnyAddress | None = Field(
        None,
        description="the address that moves between the endpoint hosts: the internal one on the network for "
        "management, the public one on that for the public",
    )
    gateway: IPvAnyAddress | None = Field(
        None, description="the router by which answers from the virtual address reach clients elsewhere"
    )
    mtu: int = Field(1500, ge=1280, le=9216, description="the largest packet, in bytes")


class CardSection(Section):
    """A host's card on a network."""

    address: IPvAnyAddress | None = Field(
        None, description="the host's address there; of the management network it is the host's `address`"
    )
    interface: Interface | None = Field(None, description="its interface, or the bond that it is on")
    mac: Mac | None = Field(None, description="its hardware address, in lower case, where no name is known")
    vlan: int | None = Field(None, ge=1, le=4094, description="the VLAN that it is tagged with")
    manage: bool = Field(
        False, description="whether Holdfast sets it up (systemd-networkd) or leaves it alone"
    )


class BondSection(Section):
    """Interfaces of a host as one, by the bond's name; set up where a card on it is managed."""

    members: list[Interface] = Field(min_length=1, description="its interfaces")
    mode: BondMode = Field(BondMode.ACTIVE_BACKUP, description="how they share the traffic")


class StorageSection(Section):
    """Where a host keeps the cloud's data: exactly one of the two."""

    device: Annotated[str, Field(pattern=DEVICE)] | None = Field(
        None, description="a whole block device; one that holds anything is refused, and never wiped"
    )
    file_gib: int | None = Field(
        None,
        ge=1,
        le=65536,
        description="GiB of a file instead, for labs and trials: it is no disk of its own",
    )


class SshSection(Section):
    """How the host is reached."""

    user: Annotated[str, Field(pattern=USER)] = Field(
        "root", description="the user to log in as; one other than root needs password-less sudo"
    )
    port: int = Field(22, ge=1, le=65535, description="the port of its SSH server")
    jump: Annotated[str, Field(pattern=REACHED)] | None = Field(
        None, description="the host that it is reached through, `[user@]host[:port]`; not for lab machines"
    )


class HostSection(Section):
    """A machine."""

    name: Label = Field(description="its name, a DNS label: a letter, then letters, digits and hyphens")
    address: IPvAnyAddress = Field(description="its own address in the management network")
    roles: list[Label] = Field(
        min_length=1,
        description="what it is for: `controller`, or any of the roles named below",
    )
    zone: Word | None = Field(
        None, description="its failure zone: what fails together, such as a rack or a power feed"
    )
    cards: dict[Label, CardSection] = Field(
        default_factory=dict, description="its cards, by the names of their networks"
    )
    bonds: dict[Interface, BondSection] = Field(
        default_factory=dict, description="its bonds, by the names that cards know them by"
    )
    storage: StorageSection | None = Field(
        None, description="what it gives to the cloud's data, where its role keeps any"
    )
    ssh: SshSection = Field(
        default=SshSection(user="root", port=22, jump=None), description="how it is reached"
    )


class SecretSection(Section):
    """Where one secret comes from: exactly one of the two."""

    env: Variable | None = Field(None, description="the environment variable that holds it")
    command: list[Text] | None = Field(
        None, min_length=1, description="a command and its words; the first line it prints is the secret"
    )

    def source(self) -> tuple[SecretFrom, tuple[str, ...]]:
        """The kind and its words."""
        if self.env is not None:
            return SecretFrom.ENV, (self.env,)
        return SecretFrom.COMMAND, tuple(self.command or ())


class TlsSection(Section):
    """The operator's own certificate for the address; paths are relative to the cloud file."""

    certificate: Text = Field(description="the certificate with its chain, PEM")
    key: Text = Field(description="its private key, PEM, without a passphrase")
    ca: Text = Field(description="the authority that signed it, PEM")


Seconds = Annotated[float, Field(gt=0, le=86400, allow_inf_nan=False)]


class CloudSection(Section):
    """A whole cloud file."""

    name: Label = Field(description="the cloud's name, a DNS label; it also names the address on each host")
    release: Text = Field(description="the OpenStack series to install")
    region: Word = Field("RegionOne", description="the region that the endpoints are registered in")
    network: NetworkSection | None = Field(
        None, description="the one network of the hosts and the address; where there are several: `networks`"
    )
    networks: dict[Label, NetworkEntry] | None = Field(
        None, min_length=1, description="the networks, by their names, instead of `network`"
    )
    hosts: list[HostSection] = Field(
        min_length=1,
        description="the machines; an odd number of them must hold each role that decides by majority",
    )
    services: list[Text] = Field(
        min_length=1, description="the services wanted; what they need comes with them"
    )
    timers: Timers = Field(
        Timers.TUNED,
        description="`tuned` sets every timer for quick fail-over, `stock` leaves each at its default",
    )
    firewall: Firewall = Field(
        Firewall.HOLDFAST,
        description="`holdfast` opens each port of the cloud to those who belong there and to nobody else, "
        "and leaves all other ports alone; `none` leaves that to you",
    )
    time_servers: list[Server] = Field(
        default_factory=list,
        description="time servers that the hosts follow; none: they agree among themselves",
    )
    promises: dict[str, dict[str, Seconds]] = Field(
        default_factory=dict,
        description="own promises: for a fault, for a class of operation, at most this many seconds without "
        "success; what is not given here is promised by the services themselves",
    )
    secrets: dict[str, SecretSection] = Field(
        default_factory=dict,
        description="secrets of your own, by name; all others are made once and kept beside this file",
    )
    tls: TlsSection | None = Field(
        None, description="your own certificate for the address; without it an own authority issues one"
    )
    config: dict[str, dict[str, dict[str, dict[str, str]]]] = Field(
        default_factory=dict,
        description="options of your own, merged last: for a service, for one of its files, for a section "
        "(`main` in files without sections), for an option, its value",
    )
    accept: list[Word] = Field(
        default_factory=list,
        description="risks that you take knowingly, by the names that a refusal gives them; a design that "
        "runs one is refused without its name here",
    )
    ssh_key: Text | None = Field(
        None,
        description="the private key that logs in to the hosts, and no other; without it your agent's are "
        "tried, then the ordinary ones in `~/.ssh`",
    )
