"""Workloads: what clients of the cloud do all day, each with the whole of its proof, one file each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Protocol

from holdfast.model.discover import discover
from holdfast.model.finding import Finding
from holdfast.model.op import Op
from holdfast.probes.sessions.access import Access

Clock = Callable[[], float]


class Actor(Protocol):
    """One client. It reconnects by itself after a failure, and never retries behind the history's back."""

    def step(self, n: int) -> Op:
        """Does its n-th operation and returns it with its times; takes its crew's deadline at most."""
        ...

    def close(self) -> None:
        """Drops its connection; idempotent."""
        ...


@dataclass(frozen=True)
class Crew:
    """`actors` clients that each start an operation of class `kind` every `period` seconds.

    An operation that takes longer than `deadline` seconds counts as stalled. `open(access, run, actor,
    clock)` makes one client; `actor` is its number, `clock()` tells seconds since the run's start.
    """

    kind: str
    actors: int
    period: float
    deadline: float
    open: Callable[[Access, str, int, Clock], Actor]


@dataclass(frozen=True)
class Ledger:
    """How a workload that leaves something behind proves that nothing acknowledged was lost.

    `keep(access, run, ops)` reads, with patience, what the cloud kept, None where it could not be read.
    `judge(ops, kept)` gives at least one finding, `lost(ops, kept)` counts what is missing, None where it
    cannot be told. `forget(access, run)` deletes the run's traces; what cannot be deleted is left.
    """

    keep: Callable[[Access, str, tuple[Op, ...]], object]
    judge: Callable[[tuple[Op, ...], object], tuple[Finding, ...]]
    lost: Callable[[tuple[Op, ...], object], int | None]
    forget: Callable[[Access, str], None]


@dataclass(frozen=True)
class Workload:
    """`needs` are the kinds of offers that its clients come for. `crews(access)` are its clients, none where
    the cloud gives them nothing to do. `prepare(access, run)` makes what the run needs, once, and gives
    the access that its clients get."""

    needs: frozenset[str]
    crews: Callable[[Access], tuple[Crew, ...]]
    prepare: Callable[[Access, str], Access] = lambda access, _run: access
    ledger: Ledger | None = None


@cache
def all_workloads() -> Mapping[str, Workload]:
    """Every workload, by its file's name: a file's actors share one process."""
    return discover(__name__, __path__, "WORKLOAD", Workload)


def workloads(access: Access) -> dict[str, Workload]:
    """Those that this cloud has something to do for."""
    return {
        name: each
        for name, each in all_workloads().items()
        if each.needs <= access.doors.keys() and each.crews(access)
    }


def deadlines(access: Access) -> dict[str, float]:
    """Each class of operation with its deadline in seconds."""
    found = workloads(access).values()
    return {crew.kind: crew.deadline for each in found for crew in each.crews(access)}
