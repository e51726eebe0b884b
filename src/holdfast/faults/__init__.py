"""Faults: one inject and heal pair per file, aimed by meaning, healed from any process."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from typing import Protocol

from holdfast.hosts.transport import Transport
from holdfast.model.catalogue import Site
from holdfast.model.component import Component
from holdfast.model.discover import discover
from holdfast.model.errors import BadInput
from holdfast.model.failover import Strike
from holdfast.model.scene import Scene


class FaultError(BadInput):
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
class Hands:
    """What faults are injected and healed with. `power` is None where there is no way to switch it."""

    site: Site
    transports: Mapping[str, Transport]
    power: PowerSwitch | None = None


@dataclass(frozen=True)
class Target:
    """All that injecting and healing need, in plain text and numbers: a journal keeps it.

    `fault` is the name without `@where`; `unit` and `port` are "" and 0 where they mean nothing.
    """

    fault: str
    hosts: tuple[str, ...]
    unit: str = ""
    port: int = 0

    @property
    def name(self) -> str:
        """Fault and hosts in one word."""
        return f"{self.fault}@{self.where}"

    @property
    def where(self) -> str:
        """The hosts in one word."""
        return "+".join(self.hosts)

    def record(self) -> dict[str, object]:
        """As JSON keeps it."""
        return {**asdict(self), "hosts": list(self.hosts)}


def read_target(record: Mapping[str, object]) -> Target:
    """The reverse of `Target.record`; KeyError or ValueError where it is not one."""
    # A journal of an earlier version names its one host.
    hosts = record["hosts"] if "hosts" in record else [record["host"]]
    if not isinstance(hosts, (list, tuple)):
        raise ValueError(f"hosts: {hosts!r}")
    return Target(
        fault=str(record["fault"]),
        hosts=tuple(map(str, hosts)),
        unit=str(record.get("unit", "")),
        port=int(str(record.get("port", 0))),
    )


@dataclass(frozen=True)
class Fault:
    """One family of faults.

    `strikes(components)` gives a strike for each of its names. `targets(site, scene, strike, where)` aims
    one: at the set of hosts that `where` means, or where it matters most when that is "". `inject` and `heal`
    act on a target; `heal` is idempotent, does nothing where nothing was injected, and needs no memory.
    `returns` says that what was struck comes back without healing; `grave`, that a machine loses what it did
    not write yet, so that a person is asked before. Errors: FaultError, Unreachable.
    """

    family: str
    summary: str
    strikes: Callable[[Iterable[Component]], tuple[Strike, ...]]
    targets: Callable[[Site, Scene, Strike, str], tuple[Target, ...]]
    inject: Callable[[Hands, Target], Awaitable[None]]
    heal: Callable[[Hands, Target], Awaitable[None]]
    returns: bool = False
    grave: bool = False


@cache
def faults() -> tuple[Fault, ...]:
    """Every family, by its file's name."""
    return tuple(discover(__name__, __path__, "FAULT", Fault).values())


def strikes(components: Iterable[Component]) -> tuple[Strike, ...]:
    """Every strike that these components can suffer, family by family."""
    components = tuple(components)
    return tuple(strike for fault in faults() for strike in fault.strikes(components))


def names(components: Iterable[Component]) -> tuple[str, ...]:
    """The names of all faults that these components can suffer, without `@where`."""
    return tuple(strike.fault for strike in strikes(components))


def find(site: Site, name: str) -> tuple[Fault, Strike]:
    """The family and the strike of a name, with or without `@where`. Raises FaultError: it names all."""
    bare = name.partition("@")[0]
    for fault in faults():
        for strike in fault.strikes(site.catalogue):
            if strike.fault == bare:
                return fault, strike
    raise FaultError(f"no fault is called {bare!r}: there are {', '.join(names(site.catalogue))}")


def aim(site: Site, scene: Scene, name: str) -> tuple[Target, ...]:
    """The targets of `fault` or `fault@where`. Raises FaultError where it cannot be aimed.

    `where` is a host, a landmark, `all`, `each`, `minority`, `majority` or `zone:NAME`.
    """
    fault, strike = find(site, name)
    targets = fault.targets(site, scene, strike, name.partition("@")[2])
    if not targets:
        raise FaultError(f"{name}: no host to strike was found: is the cloud deployed and healthy?")
    return targets


async def inject(hands: Hands, target: Target) -> None:
    """Strikes. Journal it before."""
    await find(hands.site, target.fault)[0].inject(hands, target)


async def heal(hands: Hands, target: Target) -> None:
    """Undoes a fault, from any process, as often as one likes."""
    await find(hands.site, target.fault)[0].heal(hands, target)
