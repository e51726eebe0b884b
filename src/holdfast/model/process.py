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


@dataclass(frozen=True)
class Port:
    """A port that a process listens on."""

    number: int
    where: Where
    purpose: str
    udp: bool = False


@dataclass(frozen=True)
class Process:
    """`watches` names the path prefixes of the files it reads: a change of one (re)starts it, or reloads
    it where `reloads`. `together` lets a quorum's members take their first start at the same time.
    `needs_release` says that its unit names the release it runs from. `lasting` is False for work that
    ends by itself, such as settings of the system: no fault strikes it.
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

    @property
    def unit_files(self) -> tuple[str, ...]:
        """Path prefixes of the unit's own file and of its drop-ins."""
        return (f"/etc/systemd/system/{self.unit}",)

    @property
    def stem(self) -> str:
        """The unit's name without its suffix, as people say it and faults are named by it."""
        return self.unit.removesuffix(".service")
