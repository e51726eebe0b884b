"""What one round trip to a host brings back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class UnitState:
    """A systemd unit as found: `applied` is the digest recorded at its last (re)start by Holdfast."""

    active: str
    enabled: bool
    applied: str = ""


@dataclass(frozen=True)
class Answer:
    """The reply to a question asked on the host.

    `ok` is None when the question itself could not be asked; `data` holds what cluster-wide probes
    compare (members, holder, expiry); `seconds` is the time the question took.
    """

    ok: bool | None
    text: str
    data: Mapping[str, object] = field(default_factory=dict)
    seconds: float = 0.0


@dataclass(frozen=True)
class Belongings:
    """What Holdfast put on a host for one component: paths of files, names of units and marks.

    Something of it may not be there: it is on record from before it is put until after it is taken away.
    """

    files: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Observed:
    """One host's facts: every mapping is keyed by what was asked for, `inventory` by component."""

    host: str
    os: str = ""
    python: tuple[int, int] = (0, 0)
    root: bool = True
    free_mib: int = 0
    clock_offset: float = 0.0
    files: Mapping[str, str] = field(default_factory=dict)
    packages: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[str, UnitState] = field(default_factory=dict)
    marks: Mapping[str, str] = field(default_factory=dict)
    folders: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    ports: Mapping[str, str] = field(default_factory=dict)
    answers: Mapping[str, Answer] = field(default_factory=dict)
    inventory: Mapping[str, Belongings] = field(default_factory=dict)
