"""A process is a systemd unit of a component, with the question that tells whether it does its work."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from holdfast.model.question import Question


class Ha(StrEnum):
    """How a process stays available (R6)."""

    BALANCED = "balanced"
    WORKERS = "workers"
    QUORUM = "quorum"
    SINGLE = "single"


class Where(StrEnum):
    """Which address a port is bound on."""

    HOST = "host"
    VIRTUAL = "virtual"
    LOOPBACK = "loopback"


class Carrier(StrEnum):
    """What carries it; of VRRP the port's number is that of the protocol itself."""

    TCP = "tcp"
    UDP = "udp"
    VRRP = "vrrp"


class Caller(StrEnum):
    """Who may come to a port, beside the host that it is on."""

    PEERS = "peers"
    """The hosts of the same component."""
    USERS = "users"
    """The hosts of all that needs what the component offers."""
    BALANCER = "balancer"
    """The hosts of the load balancer."""
    NETWORK = "network"
    """Everybody on the management network."""
    OPERATOR = "operator"
    """The machine that an operator logs in from, for as long as he was let in."""
    EVERYBODY = "everybody"


@dataclass(frozen=True)
class Port:
    """A port that a process listens on. Nobody but `callers` comes to it from another host.

    The balancer comes to what is behind its frontends without being named. `held_by` are other units of the
    distribution's that listen there for the process.
    """

    number: int
    where: Where
    purpose: str
    carrier: Carrier = Carrier.TCP
    callers: tuple[Caller, ...] = ()
    held_by: tuple[str, ...] = ()


@dataclass(frozen=True)
class Process:
    """`watches` names the path prefixes of the files it reads: a change of one (re)starts it, or reloads
    it where `reloads`. `together` lets a quorum's members take their first start at the same time.
    `needs_release` says that its unit names the release it runs from. `lasting` is False for work that
    ends by itself, such as settings of the system: no fault strikes it. `proof` is a command that is run on
    the host over a new login once it was changed, before it is asked: what shuts operators out must not stay.
    """

    unit: str
    ha: Ha
    health: Question
    ports: tuple[Port, ...] = ()
    watches: tuple[str, ...] = ()
    reloads: bool = False
    together: bool = False
    needs_release: bool = False
    lasting: bool = True
    start_deadline: float = 90.0
    proof: tuple[str, ...] = ()

    @property
    def unit_files(self) -> tuple[str, ...]:
        """Path prefixes of the unit's own file and of its drop-ins."""
        return (f"/etc/systemd/system/{self.unit}",)

    @property
    def stem(self) -> str:
        """The unit's name without its suffix, as people say it and faults are named by it."""
        return self.unit.removesuffix(".service")
