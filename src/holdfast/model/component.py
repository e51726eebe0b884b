"""A component: one part of a service, what it offers, and where its things are told to be."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from holdfast.model.cloud import Cloud, Promise
from holdfast.model.config import Config
from holdfast.model.diary import Diary
from holdfast.model.endpoint import Endpoint
from holdfast.model.failover import Mechanism, Operation
from holdfast.model.observed import Observed
from holdfast.model.parts import (
    Bootstrap,
    Bus,
    Database,
    Frontend,
    Once,
    Publication,
    Registration,
    Risk,
    Store,
)
from holdfast.model.plan import PutFile, Run
from holdfast.model.process import Process
from holdfast.model.question import Question
from holdfast.model.safeguard import Safeguard
from holdfast.model.timer import Timer

if TYPE_CHECKING:
    from holdfast.model.catalogue import Here, Placed, Site


@dataclass(frozen=True)
class Offer:
    """What a component gives to others, by its `kind`.

    `endpoint(site, placed, user)` is the way in to the component as placed for the named user of it;
    `prover` is the user as which `verify` and drills come.
    """

    kind: str
    endpoint: Callable[[Site, Placed, str], Endpoint]
    prover: str = "holdfast"


@dataclass(frozen=True)
class Landmark:
    """Where a thing is just now: `at(site, scene)` gives the hosts, none where nobody says.

    `single` says that there must be exactly one.
    """

    name: str
    summary: str
    at: Callable[[Site, Mapping[str, Observed | None]], tuple[str, ...]]
    single: bool = False


def _nothing(_here: Here) -> tuple[()]:
    return ()


def _always(_cloud: Cloud) -> bool:
    return True


def _no_farewell(_host: str) -> tuple[()]:
    return ()


@dataclass(frozen=True)
class Component:
    """What runs on the hosts of one role (every host where that is None), in one form of availability.

    `also` are further roles whose hosts run it; one that nobody declares counts for nothing.
    `needs` names the kinds of offers that must answer before this one is started; `wants` names those that
    it uses where the cloud has them. `offers` is what it gives. `always`: every cloud has it. `ground`: what
    all others stand on, users and names and who may come to their ports; it is whole before any of them.
    `units` names every lasting unit that `processes`
    may give, the one behind its frontends first. `files` and `configs` are each host's configuration,
    `absent` the paths that must not exist there, `setup` the commands run after the files, once for each
    digest of their mark. `once` gives run-once work. `bootstrap` decides a first start from what all
    hosts answered to `facts`. `publish` (a balancer's) gives what puts another component's frontends
    behind the address. `farewell` gives what a remaining member does when the named host was one and is
    none any more. `users` are system users made before any file that belongs to them. `timer_order` gives
    chains of timers' names whose values must be strictly descending. `matters` is the landmark where
    losing one of its processes is felt most. `safeguards` are options of its files that rules look for.
    `keeps` are the folders of data that outlive the component. `wanted` says whether a cloud has it at
    all. `admission` is the command by which a host lets the machine that logged in come to what operators
    may. `folders` are its alone and read whole, so that what others put there goes. `diary` reads its
    logs. `most` is the number of hosts that it bears, where there is a limit. `risks` are what it does only
    where the cloud file accepts it.
    """

    name: str
    role: str | None
    summary: str
    service: str = ""
    also: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    wants: tuple[str, ...] = ()
    offers: tuple[Offer, ...] = ()
    always: bool = False
    ground: bool = False
    packages: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    processes: Callable[[Here], tuple[Process, ...]] = _nothing
    configs: tuple[Config, ...] = ()
    files: Callable[[Here], tuple[PutFile, ...]] = _nothing
    setup: Callable[[Here], tuple[Run, ...]] = _nothing
    absent: Callable[[Here], tuple[str, ...]] = _nothing
    once: Callable[[Here], tuple[Once, ...]] = _nothing
    facts: Callable[[Here], tuple[Question, ...]] = _nothing
    bootstrap: Callable[[Placed, Mapping[str, Observed]], Bootstrap | None] | None = None
    publish: Callable[[Here, Placed], Publication] | None = None
    farewell: Callable[[str], tuple[Run, ...]] = _no_farewell
    databases: tuple[Database, ...] = ()
    buses: tuple[Bus, ...] = ()
    registrations: tuple[Registration, ...] = ()
    stores: tuple[Store, ...] = ()
    frontends: tuple[Frontend, ...] = ()
    secrets: tuple[str, ...] = ()
    timers: tuple[Timer, ...] = ()
    timer_order: tuple[tuple[str, ...], ...] = ()
    mechanisms: tuple[Mechanism, ...] = ()
    operations: tuple[Operation, ...] = ()
    landmarks: tuple[Landmark, ...] = ()
    matters: str = ""
    promises: tuple[Promise, ...] = ()
    safeguards: tuple[Safeguard, ...] = ()
    users: tuple[str, ...] = ()
    uses_release: bool = False
    keeps: tuple[str, ...] = ()
    wanted: Callable[[Cloud], bool] = _always
    admission: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    most: int | None = None
    risks: tuple[Risk, ...] = ()
    diary: Diary = field(default_factory=Diary)

    def runs_for(self, roles: Collection[str]) -> bool:
        """Whether it runs on a host that holds these roles."""
        return self.role is None or not {self.role, *self.also}.isdisjoint(roles)

    @cached_property
    def kinds(self) -> frozenset[str]:
        """The kinds of what it offers."""
        return frozenset(offer.kind for offer in self.offers)

    @property
    def runs(self) -> bool:
        """Whether it has processes at all: some are work done once and nothing more."""
        return self.processes is not _nothing

    @property
    def all_secrets(self) -> tuple[str, ...]:
        """The names of every secret it needs; `key.<name>` stands for a repository of keys."""
        return (
            *self.secrets,
            *(database.secret for database in self.databases),
            *(bus.secret for bus in self.buses),
            *(registration.secret for registration in self.registrations),
        )
