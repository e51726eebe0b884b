"""The catalogue as a cloud has it: components placed on hosts, and the site that they are computed from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar, cast

from holdfast.model.cloud import Cloud, Host, Timers
from holdfast.model.component import Component
from holdfast.model.endpoint import Endpoint
from holdfast.model.pair import Pair
from holdfast.model.plan import PutFile
from holdfast.model.process import Process
from holdfast.model.release import Release
from holdfast.model.secret import Secret
from holdfast.model.timer import Timer

T = TypeVar("T")


@dataclass(frozen=True)
class Placed:
    """A component on its hosts. A second cell or region is a second `instance`, not a second component."""

    component: Component
    hosts: tuple[Host, ...]
    instance: str = ""

    @property
    def name(self) -> str:
        """The component's name, with the instance where it has one."""
        return f"{self.component.name}.{self.instance}" if self.instance else self.component.name

    @property
    def addresses(self) -> tuple[str, ...]:
        """The own addresses of its hosts, in the cloud file's order."""
        return tuple(host.address for host in self.hosts)


@dataclass(frozen=True)
class Here:
    """A placed component on one of its hosts, with the site around it: what its files are made from."""

    site: Site
    placed: Placed
    host: Host

    @property
    def component(self) -> Component:
        """What runs here."""
        return self.placed.component

    @property
    def name(self) -> str:
        """Component and host in one word, as findings say it."""
        return f"{self.placed.name} on {self.host.name}"

    @property
    def files(self) -> tuple[PutFile, ...]:
        """Every file of its own on this host, configurations first."""
        return (*(config.file(self) for config in self.component.configs), *self.component.files(self))

    @property
    def processes(self) -> tuple[Process, ...]:
        """What runs on this host."""
        return self.component.processes(self)

    @property
    def folders(self) -> tuple[str, ...]:
        """What is read whole on this host: the component's own folders, and the drop-ins of each unit."""
        return (*self.component.folders, *(f"/etc/systemd/system/{p.unit}.d" for p in self.processes))

    def offer(self, kind: str, user: str = "") -> Endpoint:
        """The way to what another component offers, for the service's own user there or another `user`."""
        return self.site.offer(kind, user or self.component.service)

    def timer(self, name: str) -> float:
        """A timer's value in seconds (or a count)."""
        return self.site.timer(name)


@dataclass(frozen=True)
class Site:
    """A cloud with everything its configuration is computed from: values only.

    `catalogue` holds the enabled components in order of need, `host_pairs` each host's pair by its name.
    `address_pair` is the internal address's, `public_pair` the public one's: None where they are one.
    `ca` is whom clients of the addresses trust, `authority` the own one alone, where that is not all of it.
    """

    cloud: Cloud
    catalogue: tuple[Component, ...]
    secrets: Mapping[str, Secret]
    ca: str
    address_pair: Pair
    host_pairs: Mapping[str, Pair]
    release: Release
    public_pair: Pair | None = None
    authority: str = ""

    @property
    def inside_ca(self) -> str:
        """Whom the cloud's own parts trust among themselves: never an authority that the operator brought."""
        return self.authority or self.ca

    @cached_property
    def placed(self) -> tuple[Placed, ...]:
        """Every component on its hosts, in order of need."""
        everywhere = self.cloud.hosts
        return tuple(Placed(c, tuple(h for h in everywhere if c.runs_for(h.roles))) for c in self.catalogue)

    @cached_property
    def places(self) -> tuple[Here, ...]:
        """Every placed component on each of its hosts, in order of need, then of the cloud file."""
        return tuple(Here(self, placed, host) for placed in self.placed for host in placed.hosts)

    @cached_property
    def by_host(self) -> Mapping[str, tuple[Here, ...]]:
        """What each host runs, by its name."""
        found: dict[str, list[Here]] = {host.name: [] for host in self.cloud.hosts}
        for here in self.places:
            found[here.host.name].append(here)
        return {name: tuple(places) for name, places in found.items()}

    @cached_property
    def _shared(self) -> dict[Callable[[Site], Any], Any]:
        return {}

    def shared(self, make: Callable[[Site], T]) -> T:
        """What is the same on every host, made once: with ten thousand of them it counts."""
        if make not in self._shared:
            self._shared[make] = make(self)
        return cast(T, self._shared[make])

    @cached_property
    def _timers(self) -> Mapping[str, Timer]:
        return {timer.name: timer for component in self.catalogue for timer in component.timers}

    def offers(self, kind: str) -> bool:
        """Whether any component of the cloud gives it."""
        return any(kind in component.kinds for component in self.catalogue)

    def offering(self, kind: str) -> Placed:
        """The component that gives it, as placed. Raises KeyError where the cloud has none."""
        for placed in self.placed:
            if kind in placed.component.kinds:
                return placed
        raise KeyError(kind)

    def offer(self, kind: str, user: str) -> Endpoint:
        """The way in for a user of what is offered. Raises KeyError where the cloud does not have it."""
        placed = self.offering(kind)
        found = next(offer for offer in placed.component.offers if offer.kind == kind)
        return found.endpoint(self, placed, user)

    def secret(self, name: str) -> Secret:
        """The secret of that name; KeyError names the one that no component declared."""
        return self.secrets[name]

    def timer_named(self, name: str) -> Timer:
        """The timer of that name. Raises KeyError where no component has it."""
        return self._timers[name]

    def timer(self, name: str) -> float:
        """A timer's value in seconds (or a count), by the cloud file's switch."""
        timer = self._timers[name]
        return timer.tuned if self.cloud.timers is Timers.TUNED else timer.stock
