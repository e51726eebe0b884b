"""The text of a plan in short: within 80 columns, without colour."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from textwrap import wrap

from holdfast.front.summary import HostSteps, Others, OwnOption, Summary, Takeaway
from holdfast.model.plan import Change

WIDTH = 79
NAMED = 6
"""So many hosts are named; of more, the rest is counted."""


def outline(summary: Summary) -> Iterator[str]:
    """The lines, none of them with a blank at its end."""
    count = f"{counted(summary.steps, 'step')} on {counted(len(summary.hosts), 'host')}"
    yield count if summary.steps else "nothing can be done now" if summary.waiting else "nothing to do"
    for hosts, kinds in _alike(summary.hosts):
        yield from _entry(named(hosts), kinds)
    yield from _part("taken away meanwhile, one at a time, with what each costs by the budget:", (
        (f"{t.change} {t.unit}", f"{named(t.hosts)}: {cost_words(t)}") for t in summary.takeaways
    ))  # fmt: skip
    yield from _part("before each of them it is asked:", ((s.group, s.meaning) for s in summary.safeguards))
    yield from _part("waiting:", ((w.host, f"{counted(w.steps, 'step')}: {w.why}") for w in summary.waiting))
    yield from _part("your own options are in:", _options(summary.options))


def counted(number: int, word: str) -> str:
    """So many of them, as people write it."""
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def named(hosts: Iterable[str]) -> str:
    """The names, as many as fit."""
    names = list(hosts)
    rest = len(names) - NAMED
    return ", ".join(names) if rest <= 1 else f"{', '.join(names[:NAMED])} and {counted(rest, 'other')}"


def cost_words(taken: Takeaway) -> str:
    """What it costs each time, by the kind of operation that suffers most."""
    if taken.others is Others.NONE:
        return "nobody else does its work" + ("" if taken.change is Change.STOP else " until it is back")
    if not taken.costs:
        serve = taken.others is Others.SERVE
        return "nothing: others serve" if serve else "others take over; the budget has no figure for it"
    cost = taken.costs[0]
    words = f"{cost.kind} {cost.typical:.2f} to {cost.worst:.2f} s without success"
    words += f", {cost.promised:g} s promised" if cost.promised is not None else ""
    rest = len(taken.costs) - 1
    return words + (f"; {counted(rest, 'other kind')} at most as long" if rest else "")


def _alike(hosts: Iterable[HostSteps]) -> list[tuple[list[str], str]]:
    """Hosts with the same steps together."""
    groups: dict[str, list[str]] = {}
    for each in hosts:
        kinds = ", ".join(f"{kind} {count}" for kind, count in each.kinds.items())
        groups.setdefault(kinds, []).append(each.host)
    return [(names, kinds) for kinds, names in groups.items()]


def _options(options: Iterable[OwnOption]) -> Iterator[tuple[str, str]]:
    files: dict[str, list[str]] = {}
    for each in options:
        files.setdefault(f"{each.service} {each.file}", []).append(f"[{each.section}] {each.option}")
    return ((file, ", ".join(names)) for file, names in files.items())


def _part(title: str, entries: Iterable[tuple[str, str]]) -> Iterator[str]:
    for number, (head, text) in enumerate(entries):
        if number == 0:
            yield title
        yield from _entry(head, text)


def _entry(head: str, text: str) -> Iterator[str]:
    """A head and its text, which goes on below it, further in."""
    yield from wrap(f"{head}: {text}", WIDTH, initial_indent="  ", subsequent_indent="      ")
