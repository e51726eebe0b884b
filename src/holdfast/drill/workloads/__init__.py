"""Workloads: what clients of the cloud do all day, one file per kind of client."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Protocol

from holdfast.model.op import Op
from holdfast.probes.sessions.access import Access

Clock = Callable[[], float]


class Actor(Protocol):
    """One client. It reconnects by itself after a failure, and never retries behind the history's back."""

    def step(self, n: int) -> Op:
        """Does its n-th operation and returns it with its times; takes the workload's deadline at most."""
        ...

    def close(self) -> None:
        """Drops its connection; idempotent."""
        ...


@dataclass(frozen=True)
class Workload:
    """`actors` clients that each start an operation of class `kind` every `period` seconds.

    An operation that takes longer than `deadline` seconds counts as stalled. `prepare(access, run)`
    makes what the run needs, once, and returns the access that its clients get. `open(access, run, actor,
    clock)` makes one client; `actor` is its number, `clock()` tells seconds since the run's start.
    """

    kind: str
    actors: int
    period: float
    deadline: float
    open: Callable[[Access, str, int, Clock], Actor]
    prepare: Callable[[Access, str], Access] = lambda access, _run: access


@cache
def workloads() -> Mapping[str, tuple[Workload, ...]]:
    """The workloads of each file, by its name: a file's actors share one process."""
    return {
        entry.name: import_module(f"{__name__}.{entry.name}").WORKLOADS
        for entry in pkgutil.iter_modules(__path__)
    }


def deadlines() -> dict[str, float]:
    """Each class of operation with its deadline in seconds."""
    return {w.kind: w.deadline for group in workloads().values() for w in group}
