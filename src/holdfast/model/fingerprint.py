"""One hash for what a value says, the same in every process, with nothing in it that hides itself."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import Field, fields, is_dataclass
from hashlib import sha256


def fingerprint(value: object) -> str:
    """SHA-256, in hexadecimal, of the canonical JSON of dataclasses, mappings, sequences and plain values."""
    return sha256(json.dumps(canonical(value), sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def canonical(value: object) -> object:
    """A value as plain data, each dataclass with its kind.

    A field that does not print is there as its fingerprint; one that is not compared is no part of what the
    value says. Raises TypeError for what has no canonical form.
    """
    if is_dataclass(value) and not isinstance(value, type):
        said = {each.name: _field(each, getattr(value, each.name)) for each in fields(value) if each.compare}
        return {"kind": type(value).__name__, **said}
    if isinstance(value, frozenset | set):
        return sorted(canonical(each) for each in value)  # type: ignore[type-var]
    if isinstance(value, tuple | list):
        return [canonical(each) for each in value]
    if isinstance(value, Mapping):
        return {str(key): canonical(each) for key, each in value.items()}
    if value is None or isinstance(value, str | int | float):
        return value
    raise TypeError(f"a {type(value).__name__} has no canonical form")


def _field(field: Field[object], value: object) -> object:
    return canonical(value) if field.repr else {"sha256": fingerprint(value)}
