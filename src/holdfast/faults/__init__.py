"""Faults: one inject and heal pair per file, aimed by meaning, healed from any process."""

from __future__ import annotations

import pkgutil
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from importlib import import_module
from typing import Protocol

from holdfast.hosts.transport import Transport
from holdfast.model.observed import Observed
from holdfast.model.site import Site


class FaultError(Exception):
    """A fault could not be aimed, injected or healed: says which, where, why and what to do."""


class PowerSwitch(Protocol):
    """The power and the links of machines; every method is idempotent and says nothing of what runs there."""

    async def off(self, host: str) -> None:
        """Cuts the power at once."""
        ...

    async def on(self, host: str) -> None:
        """Gives power; returns when the machine has it, not when it has booted."""
        ...

    async def link(self, host: str, up: bool, network: str | None = None) -> None:
        """Pulls or plugs the cable to one network by its name, or all cables of the host."""
        ...


@dataclass(frozen=True)
class Bench:
    """What faults work on. `power` is None where there is no way to switch a host's power."""

    site: Site
    transports: Mapping[str, Transport]
    power: PowerSwitch | None = None


@dataclass(frozen=True)
class Target:
    """All that injecting and healing need, in plain text and numbers: a journal keeps it.

    `fault` is the name without `@host`; `unit`, `address` and `port` are "" and 0 where they mean nothing.
    """

    fault: str
    host: str
    unit: str = ""
    address: str = ""
    port: int = 0

    @property
    def name(self) -> str:
        """Fault and host in one word."""
        return f"{self.fault}@{self.host}"

    def record(self) -> dict[str, str | int]:
        """As JSON keeps it."""
        return asdict(self)


def read_target(record: Mapping[str, object]) -> Target:
    """The reverse of `Target.record`; KeyError or ValueError where it is not one."""
    return Target(
        fault=str(record["fault"]),
        host=str(record["host"]),
        unit=str(record.get("unit", "")),
        address=str(record.get("address", "")),
        port=int(str(record.get("port", 0))),
    )


@dataclass(frozen=True)
class Fault:
    """One family of faults.

    `names(site)` lists the names it knows for a site. `targets(site, observed, name, host)` aims one of
    them: at `host`, or at the host where it matters most when that is "". `inject` and `heal` act on a
    target; `heal` is idempotent, does nothing where nothing was injected, and needs no memory.
    `returns` says that what was struck comes back without healing. Errors: FaultError, Unreachable.
    """

    family: str
    summary: str
    names: Callable[[Site], tuple[str, ...]]
    targets: Callable[[Site, Mapping[str, Observed | None], str, str], tuple[Target, ...]]
    inject: Callable[[Bench, Target], Awaitable[None]]
    heal: Callable[[Bench, Target], Awaitable[None]]
    returns: bool = False


@cache
def faults() -> tuple[Fault, ...]:
    """Every family, by its file's name."""
    modules = (import_module(f"{__name__}.{m.name}") for m in pkgutil.iter_modules(__path__))
    return tuple(module.FAULT for module in modules if hasattr(module, "FAULT"))


def names(site: Site) -> tuple[str, ...]:
    """The names of all faults that a site can suffer, without `@host`."""
    return tuple(name for fault in faults() for name in fault.names(site))


def find(site: Site, name: str) -> Fault:
    """The family of a name, with or without `@host`. Raises FaultError with the names there are."""
    bare = name.partition("@")[0]
    for fault in faults():
        if bare in fault.names(site):
            return fault
    raise FaultError(f"no fault is called {bare!r}: there are {', '.join(names(site))}")


def aim(site: Site, observed: Mapping[str, Observed | None], name: str) -> tuple[Target, ...]:
    """The targets of `fault` or `fault@host`. Raises FaultError where it cannot be aimed."""
    bare, _, host = name.partition("@")
    known = [h.name for h in site.cloud.hosts]
    if host and host not in known:
        raise FaultError(f"{name}: no host is called {host!r}: there are {', '.join(known)}")
    targets = find(site, bare).targets(site, observed, bare, host)
    if not targets:
        raise FaultError(f"{name}: no host to strike was found: is the cloud deployed and healthy?")
    return targets


async def inject(bench: Bench, target: Target) -> None:
    """Strikes. Journal it before."""
    await find(bench.site, target.fault).inject(bench, target)


async def heal(bench: Bench, target: Target) -> None:
    """Undoes a fault, from any process, as often as one likes."""
    await find(bench.site, target.fault).heal(bench, target)
