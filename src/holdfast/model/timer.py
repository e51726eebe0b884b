"""A timer is a time, or a count, that decides how fast something fails over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

Value = Callable[[str], float]
"""Gives a timer's value in seconds (or a count) by its name."""


@dataclass(frozen=True)
class Timer:
    """In seconds (or a count, `unit` "").

    `stock` is the software's own default, `tuned` what Holdfast sets, `why` the reason and its hazard.
    """

    name: str
    stock: float
    tuned: float
    why: str
    unit: str = "s"
