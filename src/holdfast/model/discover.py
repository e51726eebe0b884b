"""The one way in which parts are found: each file of a folder that defines a name of a given kind."""

from __future__ import annotations

import pkgutil
from collections.abc import Sequence
from importlib import import_module
from typing import TypeVar

T = TypeVar("T")


def discover(package: str, path: Sequence[str], name: str, kind: type[T]) -> dict[str, T]:
    """By each file's (or folder's) own name: what it defines as `name`; files without it are passed over.

    Raises TypeError where the name means something else.
    """
    found: dict[str, T] = {}
    for entry in pkgutil.iter_modules(path):
        value = getattr(import_module(f"{package}.{entry.name}"), name, None)
        if value is None:
            continue
        if not isinstance(value, kind):
            raise TypeError(f"{package}.{entry.name}.{name} is no {kind.__name__}")
        found[entry.name] = value
    return found
