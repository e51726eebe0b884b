"""The timing budget for people: one line for each fault, or all legs and timers of one of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from holdfast.checks.budget import Budget, LegTime, in_family
from holdfast.front.paper import Paper, columns, paper
from holdfast.front.tables import seconds
from holdfast.model.errors import BadInput


class NotInBudget(BadInput):
    """A fault was asked about that the budget has no figure for; the text names those it has."""

    def __init__(self, fault: str, there: Sequence[str]) -> None:
        super().__init__(f"--explain: the budget has nothing for {fault!r}: it knows {', '.join(there)}")


def print_budgets(budgets: Sequence[Budget]) -> None:
    """One line for each fault: the kind of operation that it is hardest on, by its promise or its time."""
    for line in columns(list(_short(budgets)), paper()):
        print(line)


def _short(budgets: Sequence[Budget]) -> Iterator[tuple[str, ...]]:
    yield "if this happens", "at worst", "typically", "promised", "held", "hardest on"
    for fault in dict.fromkeys(b.fault for b in budgets):
        hardest = max((b for b in budgets if b.fault == fault), key=lambda b: (b.over, b.worst))
        held = "-" if hardest.promised is None else "NO" if hardest.over else "yes"
        times = seconds(hardest.worst), seconds(hardest.typical), seconds(hardest.promised)
        yield fault, *times, held, hardest.kind


def explained(budgets: Sequence[Budget], fault: str) -> tuple[Budget, ...]:
    """The budgets of a fault, or of its family. Raises NotInBudget."""
    if found := tuple(b for b in budgets if in_family(b.fault, fault)):
        return found
    raise NotInBudget(fault, tuple(dict.fromkeys(b.fault for b in budgets)))


def print_explained(budgets: Sequence[Budget]) -> None:
    """For each kind of operation every leg, in order of phase, with the timers that it rests on."""
    on = paper()
    for budget in budgets:
        promised = f", {budget.promised:g} s promised" if budget.promised is not None else ""
        times = f"{budget.typical:.2f} s typically, {budget.worst:.2f} s at worst{promised}"
        print(f"{budget.fault}: {budget.kind}: {times}")
        for leg in budget.legs:
            for line in _leg(leg, on):
                print(line)
    rule = "legs of one phase run side by side, so the longest counts; phases follow one another"
    print("\n".join(on.fold(rule)))


def _leg(leg: LegTime, on: Paper) -> Iterator[str]:
    yield f"  {leg.phase.value:9}  {leg.typical:.2f} to {leg.worst:.2f} s  {leg.hop}"
    yield from on.fold(leg.text, "      ")
    for name, value, unit in leg.timers:
        yield f"      {name} = {value:g} {unit}".rstrip()
