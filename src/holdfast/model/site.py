"""A site is a cloud with everything its configuration is computed from: values only, no I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from holdfast.model.cloud import Cloud, Host, Role, Timers
from holdfast.model.component import Capability, Component, Timer
from holdfast.model.secret import Secret


@dataclass(frozen=True)
class Pair:
    """A certificate with its chain, and its private key, both PEM."""

    certificate: str
    key: Secret


LINK = "/opt/holdfast/release"
"""What units run from: switched to a release's path, and back for a rollback."""


@dataclass(frozen=True)
class Release:
    """One locked set of OpenStack packages: the archive here, the folder and the link to it on hosts."""

    series: str
    digest: str
    archive: str

    @property
    def path(self) -> str:
        """Where hosts keep this very release."""
        return f"/opt/holdfast/releases/{self.series}-{self.digest}"


@dataclass(frozen=True)
class Site:
    """`hosts_pairs` is keyed by host name; `catalogue` holds the enabled components in order of need."""

    cloud: Cloud
    catalogue: tuple[Component, ...]
    secrets: Mapping[str, Secret]
    ca: str
    address_pair: Pair
    host_pairs: Mapping[str, Pair]
    release: Release

    def secret(self, name: str) -> Secret:
        """The secret of that name; KeyError names the one that no component declared."""
        return self.secrets[name]

    def timer(self, name: str) -> float:
        """A timer's value in seconds (or a count), by the cloud file's switch."""
        return timer_value(self.catalogue, self.cloud.timers, name)

    def providing(self, capability: Capability) -> Component:
        """The one component with that capability; KeyError where none is enabled."""
        for each in self.catalogue:
            if each.capability is capability:
                return each
        raise KeyError(capability)

    def hosts_of(self, component: Component) -> tuple[Host, ...]:
        """The hosts that run a component: all of them where it has no role of its own."""
        return tuple(host for host in self.cloud.hosts if runs_on(component, host))

    def addresses(self, role: Role) -> tuple[str, ...]:
        """The own addresses of the hosts that hold a role, in the file's order."""
        return tuple(h.address for h in self.cloud.with_role(role))


def runs_on(component: Component, host: Host) -> bool:
    """Whether a component belongs on a host: on every one where it has no role of its own."""
    return component.role is None or component.role in host.roles


def find_timer(catalogue: tuple[Component, ...], name: str) -> Timer:
    """The timer of that name; KeyError where no component has it."""
    for component in catalogue:
        for timer in component.timers:
            if timer.name == name:
                return timer
    raise KeyError(name)


def timer_value(catalogue: tuple[Component, ...], timers: Timers, name: str) -> float:
    """Stock or tuned, as the cloud file's switch says."""
    timer = find_timer(catalogue, name)
    return timer.tuned if timers is Timers.TUNED else timer.stock
