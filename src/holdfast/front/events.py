"""What is told while a command is at work: data until it is put into words here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from holdfast.hosts.lock import TakenOver

if TYPE_CHECKING:
    from holdfast.converge import Event
    from holdfast.drill.drill import Progress


@dataclass(frozen=True)
class Note:
    """A line from work that has no steps: building an image, booting machines."""

    text: str


Told: TypeAlias = "Event | Progress | TakenOver | Note"
Say: TypeAlias = Callable[[Told], None]


def lines(say: Say) -> Callable[[str], None]:
    """For work that tells plain lines."""
    return lambda text: say(Note(text))


def words(told: Told) -> str:
    """One line for people and for the log."""
    from holdfast.converge import Event

    match told:
        case Note(text=text):
            return text
        case TakenOver():
            steps = ", ".join(told.unfinished) or "no step"
            return f"{told.host}: took over from {told.holder} ({told.why}), who left unfinished: {steps}"
        case Event():
            return f"[{told.finished}/{told.total}] {told.step} {told.kind}: {told.text}"
    return f"{told.target} {told.repeat}/{told.repeats}: {told.phase}: {told.text}"
