"""Writes the timing budget of docs/failover.md from the catalogue, so that the two cannot differ."""

from __future__ import annotations

import sys
from pathlib import Path

from holdfast.checks.budget import TOLERANCE, Budget, budgets, find_budget, promises_of
from holdfast.checks.sample import design
from holdfast.model.catalogue import Site
from holdfast.model.cloud import Promise, Timers
from holdfast.model.timer import Timer

BEGIN, END = "<!-- budget:begin -->", "<!-- budget:end -->"

_HEAD = """\
Written from the catalogue (`src/holdfast/components/`) by `python -m holdfast.front.failover_page`; a test
holds the two equal. `holdfast check --explain FAULT` prints the same for your own cloud file. All figures are
computed from timers, and none is measured: the design is three controllers.
"""


def failover_markdown() -> str:
    """The generated part of docs/failover.md: the budget, what cannot be kept, and every timer."""
    tuned = design(3).site
    stock = design(3, timers=Timers.STOCK).site
    parts = [
        _HEAD,
        "### The budget of each fault\n",
        _budget_table(tuned, stock),
        "### Promises that the timers do not allow\n",
        _beyond(tuned),
        "### Promises without a prediction\n",
        _unpredicted(tuned),
        "### The timers\n",
        _timer_table(tuned),
    ]
    return "\n".join(parts)


def replaced(page: str, block: str) -> str:
    """The page with what stands between its two marks replaced. Raises ValueError without the marks."""
    head, begin, rest = page.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the page has no {BEGIN} followed by {END}")
    return f"{head}{BEGIN}\n{block}{END}{tail}"


def _budget_table(tuned: Site, stock: Site) -> str:
    rows = [
        "| fault | operations | promised | typical | at worst | with stock timers | made of |",
        "|---|---|---|---|---|---|---|",
    ]
    for b in sorted(budgets(tuned), key=lambda each: (each.fault, each.kind)):
        plain = find_budget(stock, b.fault, b.kind)
        cells = (
            f"`{b.fault}`",
            b.kind,
            "" if b.promised is None else f"{b.promised:g} s",
            _seconds(b.typical),
            f"**{_seconds(b.worst)}**" if b.over else _seconds(b.worst),
            _seconds(plain.worst) if plain else "",
            "; ".join(f"{leg.phase.value}: {leg.text}, {_seconds(leg.worst)}" for leg in b.legs),
        )
        rows.append(f"| {' | '.join(cells)} |")
    note = (
        "`made of` gives each leg at worst. Legs of one phase run side by side, so the longest of them "
        "counts; phases follow one another. Bold: longer than promised."
    )
    return "\n".join(rows) + f"\n\n{note}\n"


def _beyond(site: Site) -> str:
    """One item a promise that the budget exceeds: the leg in the way, its timers, what it costs."""
    found = [b for b in budgets(site) if b.over]
    items = [_in_the_way(site, b) for b in sorted(found, key=lambda each: (each.fault, each.kind))]
    return "\n".join(items or ["None: every promise is within its budget."]) + "\n"


def _in_the_way(site: Site, b: Budget) -> str:
    cause = b.cause
    promised = b.promised or 0.0
    luck = "only with bad luck" if b.typical <= promised + TOLERANCE else "as a rule"
    timers = "; ".join(
        f"`{name}` = {value:g} {unit}".rstrip() + f" ({site.timer_named(name).why})"
        for name, value, unit in cause.timers
    )
    text = (
        f"* `{b.fault}`, {b.kind}: {promised:g} s promised, {_seconds(b.worst)} at worst, which is"
        f" {_seconds(b.over)} too long (typically {_seconds(b.typical)}): broken {luck}."
        f" In the way: {cause.text}, {_seconds(cause.worst)}."
    )
    return f"{text} Its timers: {timers}." if timers else text


def _unpredicted(site: Site) -> str:
    missing = [p for p in promises_of(site) if find_budget(site, p.fault, p.kind) is None]
    items = [_unmeasured(p) for p in missing]
    return "\n".join(items or ["None: every promise has legs to predict it from."]) + "\n"


def _unmeasured(p: Promise) -> str:
    return f"* `{p.fault}`, {p.kind}: {p.seconds:g} s promised; only `holdfast drill {p.fault}` can tell."


def _timer_table(site: Site) -> str:
    rows = ["| timer | stock | tuned | why |", "|---|---|---|---|"]
    rows += [
        f"| `{t.name}` | {_value(t, t.stock)} | {_value(t, t.tuned)} | {t.why} |"
        for component in site.catalogue
        for t in component.timers
    ]
    return "\n".join(rows) + "\n"


def _value(timer: Timer, value: float) -> str:
    return f"{value:g} {timer.unit}".rstrip()


def _seconds(value: float) -> str:
    return f"{value:.2f} s"


if __name__ == "__main__":
    document = Path(sys.argv[1] if len(sys.argv) > 1 else "docs/failover.md")
    document.write_text(replaced(document.read_text(), failover_markdown()))
