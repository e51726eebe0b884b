"""A question is a function that runs on a host, with the standard library only, and answers there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Ask = Callable[..., dict[str, Any]]


@dataclass(frozen=True)
class Question:
    """`ask(**arguments)` is sent as source text and run on the host by the observation program.

    `ask` must be self-contained: imports inside, standard library of Python 3.11 to 3.13, and its own
    time-outs. It returns a dict with at least `ok` (a bool; None where this host cannot tell) and
    `text` (one line for people); further keys become `Answer.data`. A refused connection that it does not
    catch is a no, any other error is no answer. `meaning` says what a yes means.
    `deadline` is in seconds.
    """

    name: str
    ask: Ask
    meaning: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    deadline: float = 3.0
