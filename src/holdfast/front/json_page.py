"""Writes docs/json.md from the dataclasses that leave the program, so that the two cannot differ."""

from __future__ import annotations

import typing
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import Enum, IntEnum
from pathlib import Path
from types import NoneType, UnionType

from holdfast.checks.budget import Budget
from holdfast.drill.files import RunRecord
from holdfast.drill.result import Report
from holdfast.faults import Target
from holdfast.front import applying, drills, overview, planning, shapes, summary
from holdfast.lab.lab import MachineState
from holdfast.wire import VERSION, Envelope, keys

COMMANDS: Mapping[str, type | None] = {
    "new": shapes.StarterFile,
    "check": shapes.Checked,
    "plan": shapes.Planned,
    "apply": shapes.Walked,
    "status": shapes.State,
    "verify": None,
    "drill": Report,
    "drill --list": shapes.Drillable,
    "drill --heal": shapes.Healed,
    "demo": Report,
    "lab up": shapes.Machines,
    "lab down": shapes.Machines,
    "lab list": shapes.Machines,
    "lab power": shapes.Switch,
    "lab link": shapes.Switch,
    "lab network": shapes.Switch,
    "lab clean": None,
    "keys rotate": shapes.Keys,
}
"""What stands under `data` in the answer of each command."""

FILES: Mapping[str, type] = {"results.json": Report, "findings.json": RunRecord}
"""The files of a drill that hold an answer, too."""

_LATE = {
    "Budget": Budget,
    "Target": Target,
    "Applied": applying.Applied,
    "KnownFault": drills.KnownFault,
    "Made": planning.Made,
    "Overview": overview.Overview,
    "Summary": summary.Summary,
    "MachineState": MachineState,
}
"""What `shapes` names without importing it: each command pays for its own imports alone."""

_HEAD = f"""\
# What `--json` prints

Written from the code (`src/holdfast/wire.py`, `src/holdfast/front/shapes.py`) by
`python -m holdfast.front.json_page`; a test holds the two equal. This is version {VERSION}: the number is
counted up when a key goes or changes its meaning. New keys may come at any time.

With `--json` a command prints one document on standard output, whether it ends well or not, and nothing else
there. Progress is not shown. An error is in the document (`error`, with the exit code), and in words on
standard error. Told in words alone are a command line that cannot be read, and an output that takes nothing.
With `--json` nobody is asked: give `--yes` where a command would ask, or `apply` a plan's file.

Times are in seconds, points in time in ISO 8601 with their zone. No secret is in it: neither the content of
files nor the input of commands leaves the program.
"""


def json_markdown() -> str:
    """docs/json.md."""
    parts = [_HEAD, "## The envelope\n", _about(Envelope), _table(Envelope)]
    parts += ["## What is under `data`\n", _index(), "## The shapes\n"]
    for kind in shapes_told():
        parts += [f"### {kind.__name__}\n", _about(kind), _table(kind)]
    return "\n".join(parts)


def shapes_told() -> tuple[type, ...]:
    """Every dataclass that is told of, each before those that it names first."""
    found: dict[type, None] = {}
    waiting = [Envelope, *(kind for kind in COMMANDS.values() if kind), *FILES.values()]
    while waiting:
        kind = waiting.pop(0)
        if kind not in found:
            found[kind] = None
            waiting = [inner for hint in types(kind).values() for inner in _named(hint)] + waiting
    return tuple(kind for kind in found if kind is not Envelope)


def types(kind: type) -> dict[str, object]:
    """The type of each key that a dataclass has on the wire."""
    hints = typing.get_type_hints(kind, localns=_LATE)
    given = {f.name for f in fields(kind)}
    return {
        name: hints[name] if name in given else typing.get_type_hints(vars(kind)[name].fget)["return"]
        for name in keys(kind)
    }


def _index() -> str:
    rows = ["| command | `data` |", "|---|---|"]
    rows += [f"| `{name}` | {_link(kind) if kind else 'empty'} |" for name, kind in COMMANDS.items()]
    files = [f"`{name}` ({_link(kind)})" for name, kind in FILES.items()]
    return "\n".join([*rows, "", f"A drill's files hold the same envelope: {', '.join(files)}.", ""])


def _about(kind: type) -> str:
    return f"{' '.join((kind.__doc__ or '').split())}\n"


def _table(kind: type) -> str:
    rows = [f"| `{name}` | {words(hint)} |" for name, hint in types(kind).items()]
    return "\n".join(["| key | value |", "|---|---|", *rows]) + "\n"


def _link(kind: type) -> str:
    return f"[{kind.__name__}](#{kind.__name__.lower()})"


def words(hint: object) -> str:
    """A type in words."""
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin is tuple and ... not in inner:
        return f"[{', '.join(words(each) for each in inner)}]"
    if origin in (tuple, list, frozenset):
        return f"list: {words(inner[0])}"
    if origin in (typing.Union, UnionType):
        return " or ".join(words(each) for each in inner)
    if origin is typing.Literal:
        return " or ".join(f"`{each}`" for each in inner)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return f"object: {words(inner[0])} to {words(inner[1])}"
    return _plain(hint)


def _plain(hint: object) -> str:
    if not isinstance(hint, type) or hint is object:
        return "object"
    if issubclass(hint, Enum):
        return " or ".join(f"`{each.name if issubclass(hint, IntEnum) else each.value}`" for each in hint)
    if is_dataclass(hint):
        return _link(hint)
    names = {str: "text", bool: "true or false", int: "whole number", float: "number", NoneType: "null"}
    return {**names, datetime: "point in time", Path: "path"}[hint]


def _named(hint: object) -> Iterator[type]:
    """The dataclasses in a type."""
    if isinstance(hint, type) and is_dataclass(hint):
        yield hint
    for inner in typing.get_args(hint):
        yield from _named(inner)


if __name__ == "__main__":
    print(json_markdown(), end="")
