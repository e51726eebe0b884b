"""The cloud as its file describes it: hosts, networks, services wanted and promises."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from holdfast.model.network import Bond, Card, Network, Purpose
from holdfast.model.settings import Settings
from holdfast.model.storage import Storage


class Timers(StrEnum):
    """TUNED sets what the promises need; STOCK leaves every timer at its software's default."""

    TUNED = "tuned"
    STOCK = "stock"


class Firewall(StrEnum):
    """Whether Holdfast closes its own ports to strangers, or the operator sees to that."""

    HOLDFAST = "holdfast"
    NONE = "none"


@dataclass(frozen=True)
class Host:
    """A machine: `roles` are names, expanded (`controller` is none of them), `zone` is its failure zone.

    `address` is the one on the management network, whose card is the first of `cards`. `ssh_jump` is
    `[user@]host[:port]`, "" where it is reached straight.
    """

    name: str
    address: str
    roles: frozenset[str]
    zone: str = ""
    ssh_user: str = "root"
    ssh_port: int = 22
    ssh_jump: str = ""
    cards: tuple[Card, ...] = ()
    bonds: tuple[Bond, ...] = ()
    storage: Storage | None = None

    def card(self, purpose: Purpose) -> Card | None:
        """Its card on the network of a purpose; None where it has none."""
        return next((card for card in self.cards if purpose in card.network.purposes), None)

    def on(self, purpose: Purpose) -> str:
        """Its address for a purpose: the management one where it has no other for it."""
        card = self.card(purpose)
        return card.address if card and card.address else self.address


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

    The first of `networks` is the management network; no two have the same purpose.
    `config` holds the operator's own options: service -> file -> section -> option -> value. `accepted` are
    the names of risks that the operator takes knowingly.
    """

    name: str
    release: str
    hosts: tuple[Host, ...]
    networks: tuple[Network, ...]
    services: tuple[str, ...]
    region: str = "RegionOne"
    promises: tuple[Promise, ...] = ()
    timers: Timers = Timers.TUNED
    firewall: Firewall = Firewall.HOLDFAST
    time_servers: tuple[str, ...] = ()
    secrets: Mapping[str, SecretSource] = field(default_factory=dict)
    certificate: OperatorCertificate | None = None
    ssh_key: str = ""
    config: Mapping[str, Mapping[str, Settings]] = field(default_factory=dict)
    accepted: tuple[str, ...] = ()

    @property
    def address(self) -> str:
        """The internal address: what the cloud's own parts come to."""
        return self.network(Purpose.MANAGEMENT).virtual_address

    @property
    def public_address(self) -> str:
        """The address that clients use; the internal one where no network is public alone."""
        return self.network(Purpose.PUBLIC).virtual_address

    @property
    def addresses(self) -> tuple[str, ...]:
        """Every address that moves, the internal one first."""
        return tuple(dict.fromkeys((self.address, self.public_address)))

    def network(self, purpose: Purpose) -> Network:
        """The network of a purpose: the management one where no other has it."""
        return next((n for n in self.networks if purpose in n.purposes), self.networks[0])

    def with_role(self, role: str) -> tuple[Host, ...]:
        """The hosts that hold a role, in the file's order."""
        return tuple(h for h in self.hosts if role in h.roles)

    def host(self, name: str) -> Host:
        """The host of that name; KeyError where there is none."""
        for each in self.hosts:
            if each.name == name:
                return each
        raise KeyError(name)
