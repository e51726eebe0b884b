"""The cloud as its file describes it: hosts, networks, services wanted and promises."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from holdfast.model.settings import Settings


class Timers(StrEnum):
    """TUNED sets what the promises need; STOCK leaves every timer at its software's default."""

    TUNED = "tuned"
    STOCK = "stock"


@dataclass(frozen=True)
class Host:
    """A machine: `roles` are names, expanded (`controller` is none of them), `zone` is its failure zone."""

    name: str
    address: str
    roles: frozenset[str]
    zone: str = ""
    ssh_user: str = "root"
    ssh_port: int = 22


@dataclass(frozen=True)
class Network:
    """An IPv4 network, `cidr` in CIDR notation, and the address that moves between endpoint hosts."""

    name: str
    cidr: str
    virtual_address: str


@dataclass(frozen=True)
class Promise:
    """At most `seconds` without a successful operation of class `kind` when `fault` strikes.

    `fault` may be a family (`power`) that stands for all its faults. In the catalogue a `kind` of "" is
    every operation that passes through the component that promises.
    """

    fault: str
    kind: str
    seconds: float


class SecretFrom(StrEnum):
    """Where an operator's own secret is read from."""

    ENV = "env"
    COMMAND = "command"


@dataclass(frozen=True)
class SecretSource:
    """`origin` is one variable's name, or a command's words; its first output line is the secret."""

    kind: SecretFrom
    origin: tuple[str, ...]


@dataclass(frozen=True)
class OperatorCertificate:
    """Paths of the operator's own certificate, key and issuing CA for the address (PEM)."""

    certificate: str
    key: str
    ca: str


@dataclass(frozen=True)
class Cloud:
    """A whole cloud file, valid: names and addresses unique, quorums odd, every needed role held.

    `config` holds the operator's own options: service -> file -> section -> option -> value.
    """

    name: str
    release: str
    hosts: tuple[Host, ...]
    network: Network
    services: tuple[str, ...]
    region: str = "RegionOne"
    promises: tuple[Promise, ...] = ()
    timers: Timers = Timers.TUNED
    time_servers: tuple[str, ...] = ()
    secrets: Mapping[str, SecretSource] = field(default_factory=dict)
    certificate: OperatorCertificate | None = None
    ssh_key: str = ""
    config: Mapping[str, Mapping[str, Settings]] = field(default_factory=dict)

    @property
    def address(self) -> str:
        """The address clients use."""
        return self.network.virtual_address

    def with_role(self, role: str) -> tuple[Host, ...]:
        """The hosts that hold a role, in the file's order."""
        return tuple(h for h in self.hosts if role in h.roles)

    def host(self, name: str) -> Host:
        """The host of that name; KeyError where there is none."""
        for each in self.hosts:
            if each.name == name:
                return each
        raise KeyError(name)
