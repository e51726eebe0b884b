"""Another order of the tests: one that leans on the test before it is found out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Protocol, TypeVar


class Item(Protocol):
    """What is asked of a test."""

    @property
    def path(self) -> Path: ...

    def get_closest_marker(self, name: str) -> object | None: ...


T = TypeVar("T", bound=Item)


def shuffled(items: Sequence[T], seed: str) -> list[T]:
    """The files in this seed's order, and the tests of each; a file marked as a story keeps its own."""
    dice = Random(seed)
    files: dict[Path, list[T]] = {}
    for item in items:
        files.setdefault(item.path, []).append(item)
    order = list(files.values())
    dice.shuffle(order)
    for tests in order:
        if tests[0].get_closest_marker("story") is None:
            dice.shuffle(tests)
    return [item for tests in order for item in tests]
