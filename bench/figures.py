"""Figures as they are kept in docs/benchmarks.json: how many were taken, their median and the worst."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median


@dataclass(frozen=True)
class Figure:
    """One thing measured `n` times. `promised` is the most it may be; `beside` names a peer's figure.

    `unit` is s, MiB or KiB. Less is better, always.
    """

    text: str
    n: int
    median: float
    worst: float
    unit: str = "s"
    promised: float | None = None
    beside: str = ""

    @property
    def kept(self) -> bool | None:
        """Whether every sample held the promise; None where there is none."""
        return None if self.promised is None else self.worst <= self.promised


def figure(
    text: str, samples: list[float], *, unit: str = "s", promised: float | None = None, beside: str = ""
) -> Figure:
    """A figure from its samples, at least one."""
    return Figure(text, len(samples), median(samples), max(samples), unit, promised, beside)


@dataclass(frozen=True)
class Stopped:
    """One kind of operation under one fault with one set of timers: seconds without a success.

    `predicted` is typical and worst by the timing budget; `lost` counts acknowledged writes and messages
    missing (None: a copy could not be read); `note` says what kept the fault from being measured.
    """

    n: int = 0
    median: float | None = None
    worst: float | None = None
    predicted: tuple[float, float] | None = None
    cause: str = ""
    lost: int | None = None
    note: str = ""


@dataclass(frozen=True)
class Failover:
    """One kind of operation under one fault, with Holdfast's timers and with everybody's defaults."""

    fault: str
    kind: str
    promised: float | None
    tuned: Stopped = field(default_factory=Stopped)
    stock: Stopped = field(default_factory=Stopped)


@dataclass(frozen=True)
class Section:
    """What one section measured: where, when, from which commit, on how busy a machine."""

    when: str
    commit: str
    load: float
    machine: Mapping[str, str]
    facts: Mapping[str, str] = field(default_factory=dict)
    figures: Mapping[str, Figure] = field(default_factory=dict)
    failovers: tuple[Failover, ...] = ()


def read(path: Path) -> dict[str, Section]:
    """What was measured before; nothing where the file is not there."""
    if not path.exists():
        return {}
    return {name: _section(record) for name, record in json.loads(path.read_text())["sections"].items()}


def merge(path: Path, name: str, section: Section) -> dict[str, Section]:
    """Puts one section in place of its earlier self, the others untouched; all sections after it."""
    sections = {**read(path), name: section}
    text = json.dumps({"sections": {key: _plain(asdict(s)) for key, s in sorted(sections.items())}}, indent=1)
    partial = path.with_name(f"{path.name}.{os.getpid()}")
    partial.write_text(text + "\n")
    partial.replace(path)
    return sections


def _plain(value: object) -> object:
    """Floats with as many digits as mean something."""
    if isinstance(value, float):
        return float(f"{value:.4g}")
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list | tuple) else value


def _section(record: dict[str, object]) -> Section:
    fields = dict(record)
    figures, failovers = fields.pop("figures"), fields.pop("failovers")
    assert isinstance(figures, dict) and isinstance(failovers, list)
    return Section(
        **fields,  # type: ignore[arg-type]
        figures={name: Figure(**each) for name, each in figures.items()},
        failovers=tuple(_failover(each) for each in failovers),
    )


def _failover(record: dict[str, object]) -> Failover:
    fields = dict(record)
    tuned, stock = (_stopped(fields.pop(name)) for name in ("tuned", "stock"))
    return Failover(**fields, tuned=tuned, stock=stock)  # type: ignore[arg-type]


def _stopped(record: object) -> Stopped:
    assert isinstance(record, dict)
    predicted = record["predicted"]
    return Stopped(**{**record, "predicted": None if predicted is None else tuple(predicted)})
