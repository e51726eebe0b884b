#!/usr/bin/env python3
"""Puts the results of drills into README.md and docs/failover.md, between the two proof marks.

Usage: tools/proof_table.py [--machine WORDS] FOLDER...

Each FOLDER is one that `holdfast drill` wrote: it holds results.json. Folders with the same fault are
pooled: the median and the worst are taken over all their repeats. Folders whose promise or prediction for the
same fault differ were measured with other timers: they are refused, not mixed.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent
PAGES = (ROOT / "README.md", ROOT / "docs/failover.md")
BEGIN, END = "<!-- proof:begin -->", "<!-- proof:end -->"
SILENT = 1.0
"""Seconds without success from which a class with neither promise nor prediction is shown all the same."""


class Unfit(Exception):
    """The results cannot be put together, or a page has no place for them."""


@dataclass
class Row:
    """One fault and class of operation over all repeats, in seconds; None: unseen in that repeat."""

    promised: float | None
    predicted: tuple[float, float] | None
    measured: list[float | None]

    @property
    def seen(self) -> list[float]:
        """The repeats; empty as soon as one is missing, for then nothing can be said of all."""
        values = [m for m in self.measured if m is not None]
        return values if len(values) == len(self.measured) else []

    @property
    def worth_showing(self) -> bool:
        """Whether anything was said of it before, or happened to it."""
        foretold = self.promised is not None or self.predicted is not None
        return foretold or not self.seen or max(self.seen) >= SILENT


@dataclass
class Fault:
    """All rows of a fault; `lost` is None where a copy could not be read in any repeat."""

    rows: dict[str, Row]
    lost: int | None


def collect(folders: Iterable[Path]) -> dict[str, Fault]:
    """The faults of all folders, in the order in which they first appear. Raises Unfit."""
    faults: dict[str, Fault] = {}
    for folder in folders:
        for result in _read(folder / "results.json"):
            name = result["target"]["fault"]
            fault = faults.setdefault(name, Fault({}, 0))
            lost = result["lost"]
            fault.lost = None if fault.lost is None or lost is None else fault.lost + lost
            for measure in result["measures"]:
                _pool(fault, name, measure)
    return faults


def _read(path: Path) -> list[dict]:
    try:
        return json.loads(path.read_text())["data"]["results"]
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise Unfit(f"{path} is not a drill's result ({error}); name a folder that a drill wrote") from None


def _pool(fault: Fault, name: str, measure: dict) -> None:
    predicted = tuple(measure["predicted"]) if measure["predicted"] else None
    row = fault.rows.setdefault(measure["kind"], Row(measure["promised"], predicted, []))
    if (row.promised, row.predicted) != (measure["promised"], predicted):
        raise Unfit(
            f"{name} {measure['kind']}: the folders have different promises or predictions, so their timers "
            "differ; give folders of one configuration"
        )
    row.measured += measure["measured"]


def table(faults: dict[str, Fault], machine: str = "") -> str:
    """The table with its legend, as Markdown."""
    lines = [
        "| fault | operations | promised | predicted | median | worst | repeats | lost |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, fault in faults.items():
        lost = "?" if fault.lost is None else str(fault.lost)
        shown = {kind: row for kind, row in fault.rows.items() if row.worth_showing}
        for kind, row in shown.items():
            lines.append(f"| {' | '.join((f'`{name}`', kind, *_cells(row), lost))} |")
    where = f" on {machine}" if machine else ""
    lines += [
        "",
        f"Measured{where} by {_commands(faults)}; put here by "
        "`tools/proof_table.py`. Seconds from the last success before a stop to the first one after it. "
        "Predicted: typical to worst, computed from the timers. Lost: acknowledged rows and messages that "
        "were missing afterwards. Bold: longer than promised. Left out: operations that had neither a "
        f"promise nor a prediction, and were never {SILENT:g} s without a success.",
    ]
    return "\n".join(lines) + "\n"


def _commands(faults: dict[str, Fault]) -> str:
    """What a reader runs for these figures: one command for all faults that struck equally often."""
    struck: dict[int, list[str]] = {}
    for name, fault in faults.items():
        struck.setdefault(max((len(r.measured) for r in fault.rows.values()), default=0), []).append(name)
    return " and ".join(f"`holdfast drill {' '.join(names)} --repeats {n}`" for n, names in struck.items())


def _cells(row: Row) -> tuple[str, ...]:
    predicted = f"{row.predicted[0]:.2f} to {row.predicted[1]:.2f} s" if row.predicted else ""
    promised = "" if row.promised is None else f"{row.promised:g} s"
    middle = _marked(median(row.seen), row.promised) if row.seen else "?"
    longest = _marked(max(row.seen), row.promised) if row.seen else "?"
    return promised, predicted, middle, longest, str(len(row.measured))


def _marked(seconds: float, promised: float | None) -> str:
    text = f"{seconds:.2f} s"
    return f"**{text}**" if promised is not None and seconds > promised else text


def replaced(page: str, block: str) -> str:
    """The page with what stands between its two marks replaced. Raises Unfit without the marks."""
    head, begin, rest = page.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        raise Unfit(f"the page has no {BEGIN} followed by {END}")
    return f"{head}{BEGIN}\n{block}{END}{tail}"


def main(words: list[str] | None = None, pages: Iterable[Path] = PAGES) -> int:
    """The program; 0 done, 2 unfit input, and then no page was changed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--machine", default="", metavar="WORDS", help="what it was measured on")
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER")
    given = parser.parse_args(words)
    try:
        block = table(collect(given.folders), given.machine)
        texts = {page: replaced(page.read_text(), block) for page in pages}
    except Unfit as error:
        print(error, file=sys.stderr)
        return 2
    for page, text in texts.items():
        page.write_text(text)
        print(f"{page.name}: the proof is {block.count(chr(10)) - 4} rows")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
