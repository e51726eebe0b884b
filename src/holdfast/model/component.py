"""A component is one catalogue entry: all that Holdfast knows of a service."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from holdfast.model.cloud import Host, Promise, Role
from holdfast.model.observed import Observed
from holdfast.model.plan import Action, PutFile, Run
from holdfast.model.question import Question

if TYPE_CHECKING:
    from holdfast.model.site import Site


class Ha(StrEnum):
    """How a process stays available (R6)."""

    BALANCED = "balanced"
    WORKERS = "workers"
    QUORUM = "quorum"
    SINGLE = "single"


class Capability(StrEnum):
    """What a component gives to others; drills, checks and probes ask by capability, never by name."""

    SYSTEM = "system"
    PROOF = "proof"
    CLOCK = "clock"
    CACHE = "cache"
    DATABASE = "database"
    MESSAGING = "messaging"
    BALANCER = "balancer"
    ADDRESS = "address"
    IDENTITY = "identity"


FOUNDATIONS = frozenset({Capability.SYSTEM, Capability.CLOCK, Capability.PROOF})
"""What every cloud has, asked for or not."""


class Where(StrEnum):
    """Which address a port is bound on."""

    HOST = "host"
    VIRTUAL = "virtual"
    LOOPBACK = "loopback"


class Phase(StrEnum):
    """The legs of a failover, in their order."""

    DETECT = "detect"
    DECIDE = "decide"
    MOVE = "move"
    RECONNECT = "reconnect"


@dataclass(frozen=True)
class Port:
    """A port that a process listens on."""

    number: int
    where: Where
    purpose: str
    udp: bool = False


@dataclass(frozen=True)
class Timer:
    """A time in seconds (or a count, `unit` "") that decides how fast something fails over.

    `stock` is the software's own default, `tuned` what Holdfast sets, `why` the reason and its hazard.
    """

    name: str
    stock: float
    tuned: float
    why: str
    unit: str = "s"


Value = Callable[[str], float]
"""Gives a timer's value in seconds (or a count) by its name."""


@dataclass(frozen=True)
class Leg:
    """One leg of a failover: for `fault` and operations of class `kind`, what passes in `phase`.

    `typical` and `worst` compute seconds from the timers' values, looked up by name.
    """

    fault: str
    kind: str
    phase: Phase
    text: str
    timers: tuple[str, ...]
    typical: Callable[[Value], float]
    worst: Callable[[Value], float]


@dataclass(frozen=True)
class Process:
    """A systemd unit of a component.

    `watches` names the path prefixes of the files it reads: a change of one (re)starts it, or reloads
    it where `reloads`. `together` lets a quorum's members take their first start at the same time.
    `needs_release` restarts it when the release changes.
    """

    unit: str
    ha: Ha
    health: Question
    ports: tuple[Port, ...] = ()
    watches: tuple[str, ...] = ()
    reloads: bool = False
    together: bool = False
    needs_release: bool = False
    start_deadline: float = 90.0


@dataclass(frozen=True)
class Database:
    """A schema and its dedicated user; the password is the secret `database.<name>`."""

    name: str


@dataclass(frozen=True)
class Bus:
    """A virtual host and its dedicated user; the password is the secret `bus.<name>`."""

    name: str


@dataclass(frozen=True)
class Frontend:
    """What the load balancer publishes: `port` on the address to the same port of each backend host.

    http: balanced over all backends, asked `check_path`, TLS ended at the balancer.
    tcp: one backend at a time (a writer), asked over HTTP at `check_port`, TLS passed through.
    """

    name: str
    port: int
    http: bool
    check_path: str
    check_port: int = 0
    retry_path: str = ""


class When(StrEnum):
    """Run-once work is done before any start of its component's processes, or after all."""

    BEFORE_START = "before-start"
    AFTER_START = "after-start"


@dataclass(frozen=True)
class Once:
    """Work done on one host of the component's role until it has been recorded with `digest`.

    It must be idempotent: the host that holds the record may be lost.
    """

    id: str
    when: When
    why: str
    argv: tuple[str, ...]
    stdin: str = field(default="", repr=False)
    user: str = "root"
    env: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    digest: str = ""
    timeout: float = 300.0


@dataclass(frozen=True)
class Bootstrap:
    """The first start of a stateful cluster: on `host`, by `actions`; or a refusal with its evidence."""

    host: str
    actions: tuple[Action, ...]
    why: str
    refusal: str = ""


@dataclass(frozen=True)
class Component:
    """All of a service: see `architecture.md`, "One catalogue".

    `needs` names components that must answer before this one is configured or started.
    `files` gives each host's configuration, `absent` the paths that must not exist there, `setup` the
    commands run after the files, once for each digest of their mark. `once` gives run-once work.
    `bootstrap` decides a first start from what all hosts of the role answered to `facts`.
    `publish` (the balancer's) gives the files that put another component's frontends behind the address.
    `users` are system users made before any file that belongs to them.
    `timer_order` gives chains of timers' names whose values must be strictly descending.
    """

    name: str
    capability: Capability
    role: Role | None
    summary: str
    needs: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    processes: Callable[[Site, Host], tuple[Process, ...]] = lambda _site, _host: ()
    files: Callable[[Site, Host], tuple[PutFile, ...]] = lambda _site, _host: ()
    setup: Callable[[Site, Host], tuple[Run, ...]] = lambda _site, _host: ()
    absent: Callable[[Site, Host], tuple[str, ...]] = lambda _site, _host: ()
    once: Callable[[Site], tuple[Once, ...]] = lambda _site: ()
    facts: Callable[[Site, Host], tuple[Question, ...]] = lambda _site, _host: ()
    bootstrap: Callable[[Site, Mapping[str, Observed]], Bootstrap | None] | None = None
    publish: Callable[[Site, Component], tuple[PutFile, ...]] | None = None
    databases: tuple[Database, ...] = ()
    buses: tuple[Bus, ...] = ()
    frontends: tuple[Frontend, ...] = ()
    secrets: tuple[str, ...] = ()
    timers: tuple[Timer, ...] = ()
    timer_order: tuple[tuple[str, ...], ...] = ()
    legs: tuple[Leg, ...] = ()
    promises: tuple[Promise, ...] = ()
    users: tuple[str, ...] = ()
    uses_release: bool = False
    logs: tuple[str, ...] = ()
    backup: str = ""
