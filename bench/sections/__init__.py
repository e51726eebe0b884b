"""What is measured: one section a file, each able to run by itself."""

from __future__ import annotations

import pkgutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

from bench import machine
from bench.figures import Failover, Figure, Section
from bench.lab import BenchLab
from bench.quiet import Quiet

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Bench:
    """What a section is handed. `repeats` is None for its own number, `faults` empty for all."""

    lab: BenchLab
    quiet: Quiet
    say: Callable[[str], None]
    keep: Callable[[Section], None]
    before: Section | None
    quick: bool = False
    repeats: int | None = None
    faults: tuple[str, ...] = ()

    def times(self, full: int) -> int:
        """How often to measure: as asked, once where quick, else `full`."""
        return self.repeats or (1 if self.quick else full)


@dataclass(frozen=True)
class Measured:
    """A section's place in the page: `text` stands above its figures, in Markdown."""

    name: str
    order: int
    title: str
    text: str
    needs_lab: bool
    run: Callable[[Bench], None]


def sections() -> tuple[Measured, ...]:
    """All of them, in the page's order."""
    modules = (import_module(f"{__name__}.{m.name}") for m in pkgutil.iter_modules(__path__))
    return tuple(sorted((module.SECTION for module in modules), key=lambda s: s.order))


def record(
    bench: Bench,
    *,
    facts: Mapping[str, str] | None = None,
    figures: Mapping[str, Figure] | None = None,
    failovers: tuple[Failover, ...] = (),
) -> Section:
    """A section's record with the place and time of its measurement."""
    now = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
    load = max(bench.quiet.loads, default=machine.load())
    return Section(now, commit(), load, machine.describe(), facts or {}, figures or {}, failovers)


def commit() -> str:
    """The commit that is measured, "+" behind it where its code was changed; "" outside of a checkout."""
    head = _git("rev-parse", "--short=10", "HEAD")
    changed = _git("status", "--porcelain", "--untracked-files=no", "--", "src", "bench")
    return f"{head}+" if changed else head


def _git(*words: str) -> str:
    try:
        done = subprocess.run(("git", "-C", str(ROOT), *words), capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return ""
    return done.stdout.strip()
