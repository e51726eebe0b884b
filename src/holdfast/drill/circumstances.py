"""Under what a run was made: figures are of one machine, one version and one set of timers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from holdfast.checks.budget import budgets
from holdfast.model.catalogue import Site
from holdfast.model.cloud import Timers
from holdfast.model.hardware import Hardware


@dataclass(frozen=True)
class TimerSet:
    """A timer as it is set: in seconds, or a count where `unit` is ""."""

    name: str
    value: float
    unit: str


@dataclass(frozen=True)
class Circumstances:
    """`time` is when the fault struck, `version` Holdfast's own, `clients` the machine that clients ran on.

    `hosts` are those that said what they are. `timers` are those that the prediction for the fault rests on,
    by the cloud file's `switch`.
    """

    time: datetime
    version: str
    clients: Hardware
    hosts: Mapping[str, Hardware]
    switch: Timers
    timers: tuple[TimerSet, ...]


def timers_of(site: Site, fault: str) -> tuple[TimerSet, ...]:
    """The timers of every mechanism that has a part in getting over the fault, by name."""
    found = {
        name: TimerSet(name, value, unit)
        for budget in budgets(site)
        if budget.fault == fault
        for leg in budget.legs
        for name, value, unit in leg.timers
    }
    return tuple(found[name] for name in sorted(found))
