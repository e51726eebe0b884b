"""docs/benchmarks.md from docs/benchmarks.json: nothing in it is typed by hand but the words."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

from bench.figures import Failover, Figure, Section, Stopped
from bench.sections import Measured

HEAD = """\
# Benchmarks

Written by `make bench` from `benchmarks.json`: do not edit. Each figure is the median of n measurements,
with the worst beside it; a promise counts as kept when the worst keeps it. Ratios are between medians of
the same run. `make bench` measures all sections in one sitting, on one commit; `make bench ONLY=noop`
measures one of them anew, so each names its commit, its time and how busy the machine was before. A figure
that was found to be wrong is withdrawn: the reason stands in its place.
"""
QUIET = 0.5  # seconds
CAUSES = Path(__file__).with_name("causes.toml")


def page(sections: Mapping[str, Section], measured: tuple[Measured, ...]) -> str:
    """The whole page; a section that was never measured is named as such."""
    causes = tomllib.loads(CAUSES.read_text())
    machines = {tuple(s.machine.items()) for s in sections.values()}
    parts = [HEAD]
    if len(machines) == 1:
        parts.append(_machine(next(iter(sections.values()))))
    parts += _sitting(sections)
    parts.append("\n".join(["## Promises", "", *_promises(sections, measured, causes)]))
    for one in measured:
        parts.append(f"## {one.title}\n\n{one.text.strip()}")
        if section := sections.get(one.name):
            parts += [_place(section, alone=len(machines) > 1), *_tables(section)]
        else:
            parts.append("Not measured yet.")
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _machine(section: Section) -> str:
    return "Machine: " + ", ".join(f"{key} {value}" for key, value in section.machine.items()) + "."


def _sitting(sections: Mapping[str, Section]) -> Iterator[str]:
    """Whether all was measured on one commit: else figures of two sections are of two programs."""
    commits = {section.commit for section in sections.values()}
    if len(commits) > 1:
        each = ", ".join(f"{name} {sections[name].commit or 'unknown'}" for name in sorted(sections))
        told = f"the sections are of different commits ({each}): compare within a section only."
        yield f"**Not one sitting:** {told}"
    elif commits:
        times = sorted(section.when for section in sections.values())
        yield f"One sitting, on commit {commits.pop() or 'unknown'}: from {times[0]} to {times[-1]}."


def _place(section: Section, *, alone: bool) -> str:
    words = f"Commit {section.commit or 'unknown'}, {section.when}, load {section.load:g} before."
    held = ", ".join(f"{value} {key}" for key, value in section.facts.items())
    return " ".join([words, *([_machine(section)] if alone else []), *([f"Held: {held}."] if held else [])])


def _promises(
    sections: Mapping[str, Section], measured: tuple[Measured, ...], causes: Mapping[str, str]
) -> Iterator[str]:
    yield from _row("what", "promised", "median", "worst", "n", "")
    yield from _rule(6)
    for one in measured:
        section = sections.get(one.name)
        if section is None:
            continue
        for name, figure in section.figures.items():
            if figure.promised is not None:
                verdict = (
                    "kept" if figure.kept else f"MISSED: {causes.get(f'{one.name}.{name}', 'cause unknown')}"
                )
                yield from _row(
                    figure.text, f"≤ {_value(figure.promised, figure.unit)}", *_cells(figure), verdict
                )
        for row in section.failovers:
            if row.promised is not None:
                yield from _row(
                    f"{row.fault}: {row.kind}", f"≤ {row.promised:g} s", _seconds(row.tuned.median),
                    _seconds(row.tuned.worst), str(row.tuned.n), _verdict(row),
                )  # fmt: skip


def _verdict(row: Failover) -> str:
    if row.promised is None or row.tuned.worst is None:
        return f"UNKNOWN: {row.tuned.note or 'not measured'}"
    if row.tuned.worst <= row.promised:
        return "kept"
    return f"MISSED: the longest leg is: {row.tuned.cause or 'unknown'}"


def _tables(section: Section) -> Iterator[str]:
    if section.figures:
        yield "\n".join(_figures(section.figures))
    if section.failovers:
        yield "\n".join(_failovers(section))
        if hidden := sum(not _tells(row) for row in section.failovers):
            yield f"Not shown: {hidden} rows without a promise, whose medians stayed under {QUIET:g} s."
        if notes := list(dict.fromkeys(_notes(section))):
            yield "What else the drills found wanting:\n\n" + "\n".join(notes)


def _tells(row: Failover) -> bool:
    """A kind of operation that nothing was promised for, and that hardly stopped, is left out."""
    medians = [one.median for one in (row.tuned, row.stock) if one.n]
    return row.promised is not None or not medians or any(m is None or m >= QUIET for m in medians)


def _notes(section: Section) -> Iterator[str]:
    """Each finding once; where its count was withdrawn, why instead."""
    for row in section.failovers:
        for name, one in (("tuned", row.tuned), ("stock", row.stock)):
            if one.note:
                why = _withdrawn(section, row, name)
                yield f"* {row.fault}, {name}: " + (
                    f"the count of what was lost is withdrawn: {why}" if why else one.note
                )


def _withdrawn(section: Section, row: Failover, timers: str) -> str:
    """Why the count of what was lost in this very measurement is no figure; "" where it is one."""
    known = tomllib.loads(CAUSES.read_text()).get("withdrawn", {})
    return str(known.get(f"{section.commit} {row.fault} {timers}", ""))


def _figures(figures: Mapping[str, Figure]) -> Iterator[str]:
    yield from _row("what", "median", "worst", "n", "ratio")
    yield from _rule(5)
    for one in figures.values():
        peer = figures.get(one.beside)
        ratio = f"{_times(one.median, peer.median)} {peer.text}" if peer else ""
        yield from _row(one.text, *_cells(one), ratio)


def _failovers(section: Section) -> Iterator[str]:
    yield from _row("fault", "operations", "promised", "tuned: predicted", "tuned: median / worst (n)",
                    "stock: predicted", "stock: median / worst (n)", "stock : tuned", "lost")  # fmt: skip
    yield from _rule(9)
    seen: set[str] = set()
    for row in filter(_tells, section.failovers):
        counts = ((row.tuned, "tuned"), (row.stock, "stock"))
        told = ("withdrawn" if _withdrawn(section, row, timers) else _lost(one) for one, timers in counts)
        lost = "" if row.fault in seen else " / ".join(told)
        seen.add(row.fault)
        pair = (row.stock.median, row.tuned.median)
        ratio = _times(pair[0], pair[1]) if pair[0] is not None and pair[1] else "-"
        yield from _row(
            row.fault, row.kind, "-" if row.promised is None else f"≤ {row.promised:g} s",
            _predicted(row.tuned), _stopped(row.tuned), _predicted(row.stock), _stopped(row.stock), ratio,
            lost,
        )  # fmt: skip


def _stopped(one: Stopped) -> str:
    return f"{_seconds(one.median)} / {_seconds(one.worst)} ({one.n})" if one.n else "not measured"


def _predicted(one: Stopped) -> str:
    return "-" if one.predicted is None else f"{one.predicted[0]:.2f} to {one.predicted[1]:.2f} s"


def _lost(one: Stopped) -> str:
    return "-" if not one.n else "?" if one.lost is None else str(one.lost)


def _cells(one: Figure) -> tuple[str, str, str]:
    return _value(one.median, one.unit), _value(one.worst, one.unit), str(one.n)


def _seconds(value: float | None) -> str:
    return "-" if value is None else _value(value, "s")


def _value(value: float, unit: str) -> str:
    digits = 0 if unit == "KiB" else 1 if value >= 10 else 2 if value >= 0.1 else 3
    return f"{value:.{digits}f} {unit}"


def _times(value: float, peer: float) -> str:
    return f"{value / peer:.1f} ×"


def _row(*cells: str) -> Iterator[str]:
    yield "| " + " | ".join(cell.replace("|", "/") for cell in cells) + " |"


def _rule(columns: int) -> Iterator[str]:
    yield "|" + "---|" * columns
