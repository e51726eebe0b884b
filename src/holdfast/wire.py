"""What leaves the program as JSON: every value in one plain form, every answer in one envelope."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from enum import Enum, IntEnum
from pathlib import PurePath

from holdfast.model.errors import HoldfastError
from holdfast.model.finding import Finding, Verdict, worst
from holdfast.model.secret import Secret

VERSION = 1
"""Counted up when a key goes or changes its meaning; a new key may come at any time."""


@dataclass(frozen=True)
class Failure:
    """Why a command could not do its work, in words, and the exit code that it ends with."""

    what: str
    exit: int


@dataclass(frozen=True, kw_only=True)
class Envelope:
    """Every answer: `cloud` is null where no cloud file was read, `time` is when it was made, with its zone.

    `verdict` is the gravest finding, FAIL with an `error`, and null where nothing was judged. `data` is what
    the command adds, an object of its own shape.
    """

    version: int = VERSION
    cloud: str | None
    time: datetime
    verdict: Verdict | None
    findings: tuple[Finding, ...]
    data: object
    error: Failure | None


def answer(
    cloud: str | None, time: datetime, *, findings: tuple[Finding, ...] = (), data: object = None
) -> Envelope:
    """The envelope of work that was done, whatever was found."""
    verdict = worst(findings) if findings else None
    return Envelope(cloud=cloud, time=time, verdict=verdict, findings=findings, data=data or {}, error=None)


def failure(cloud: str | None, time: datetime, error: HoldfastError) -> Envelope:
    """The envelope of work that could not be done."""
    return Envelope(
        cloud=cloud,
        time=time,
        verdict=Verdict.FAIL,
        findings=error.findings,
        data={},
        error=Failure(str(error), int(error.exit)),
    )


def document(envelope: Envelope) -> str:
    """The envelope as one JSON document, its last line ended."""
    return json.dumps(plain(envelope), indent=1, allow_nan=False) + "\n"


def plain(value: object) -> object:
    """A value as JSON has it: a dataclass is its fields and then its properties, by name.

    What does not print itself (`repr=False`: contents, inputs) is left out. A word of an enumeration is its
    value, or its name where the value is a number. Numbers that JSON lacks are null. Raises TypeError for
    what has no plain form: nothing is guessed.
    """
    match value:
        case Enum():
            return value.name if isinstance(value, IntEnum) else value.value
        case float():
            return value if math.isfinite(value) else None
        case None | str() | int():
            return value
        case datetime():
            return value.isoformat(timespec="seconds")
        case PurePath():
            return str(value)
    return _composed(value)


def _composed(value: object) -> object:
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, frozenset):
        return sorted(plain(each) for each in value)  # type: ignore[type-var]
    if isinstance(value, tuple | list):
        return [plain(each) for each in value]
    if is_dataclass(value) and not isinstance(value, type | Secret):
        return {name: plain(getattr(value, name)) for name in keys(type(value))}
    raise TypeError(f"a {type(value).__name__} has no plain form")


def keys(kind: type) -> tuple[str, ...]:
    """The keys that a dataclass has on the wire."""
    told = [field.name for field in fields(kind) if field.repr]
    return (*told, *(name for name, each in vars(kind).items() if isinstance(each, property)))
