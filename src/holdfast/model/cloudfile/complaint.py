"""Turns what the schema found into words for people: by the kind of error, never by its text."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, get_args

from holdfast.model.cloudfile.coherence import meant
from holdfast.model.cloudfile.errors import CloudFileError
from holdfast.model.cloudfile.schema import (
    ALLOWED,
    BondSection,
    CardSection,
    CloudSection,
    HostSection,
    NetworkEntry,
    NetworkSection,
    SecretSection,
    Section,
    SshSection,
    TlsSection,
)
from holdfast.model.cloudfile.tree import Items, Path, Scalar, Table, Tree, at, place_of

_SECTIONS: Mapping[str, type[Section]] = {
    "network": NetworkSection,
    "networks": NetworkEntry,
    "cards": CardSection,
    "bonds": BondSection,
    "hosts": HostSection,
    "ssh": SshSection,
    "secrets": SecretSection,
    "tls": TlsSection,
}
_WANTED = {
    "string_type": "a text",
    "list_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "ip_any_address": "an IPv4 or IPv6 address",
    "bool_parsing": "true or false",
    "bool_type": "true or false",
    "int_parsing": "a whole number",
    "int_type": "a whole number",
    "float_parsing": "a number of seconds",
    "float_type": "a number of seconds",
    "finite_number": "a number of seconds that has an end",
    "greater_than": "a number above zero",
    "too_short": "given at least one",
    "string_too_short": "given",
}
OF_KEY = "[key]"
"""Where pydantic's path ends for an error in a mapping's key."""

_BOUNDS = {"less_than_equal": ("at most", "le"), "greater_than_equal": ("at least", "ge")}


def section_of(path: Path) -> type[Section]:
    """The part of the schema that the keys at the end of a path belong to."""
    found: type[Section] = CloudSection
    before: str | int = ""
    for position, step in enumerate(path):
        # What comes after these is a name that the file gives, also where it looks like a key.
        named = position == 1 or before in ("cards", "bonds")
        if isinstance(step, str) and not named:
            found = _SECTIONS.get(step, found)
        before = "" if named else step
    return found


def complaint(tree: Tree, kind: str, path: Path, context: Mapping[str, Any]) -> CloudFileError:
    """One error of the schema; `kind` and `context` are pydantic's, `path` leads to its place."""
    if path[-1:] == (OF_KEY,) and at(tree, path) is None:
        path = path[:-1]
        place = place_of(tree, path, key=True)
        what = f"'{str(path[-1])[:64]}' cannot be a name in {_whole(path[:-1])}"
        words = what, _reason(kind, path, context), "give it such a name"
        return CloudFileError(place.line, place.column, *words)
    place = place_of(tree, path, key=kind in ("extra_forbidden", "missing"))
    if kind == "extra_forbidden":
        words = _unknown_key(path)
    elif kind == "missing":
        words = _missing_key(path)
    else:
        words = _wrong_value(tree, kind, path, context)
    return CloudFileError(place.line, place.column, *words)


def _unknown_key(path: Path) -> tuple[str, str, str]:
    known = section_of(path[:-1]).model_fields
    where = _whole(path[:-1])
    return f"unknown key '{str(path[-1])[:64]}'", f"{where} has no such key", meant(str(path[-1]), known)


def _missing_key(path: Path) -> tuple[str, str, str]:
    where = _whole(path[:-1])
    return f"'{path[-1]}' is missing in {where}", _description(path), f"add `{path[-1]}:` with its value"


def _wrong_value(tree: Tree, kind: str, path: Path, context: Mapping[str, Any]) -> tuple[str, str, str]:
    what, found = f"'{_name(path)}' cannot be {_shown(tree, path)}", at(tree, path)
    if kind == "enum" and isinstance(found, Scalar):
        return what, "the word is not known here", meant(found.text or "", _choices(path))
    return what, _reason(kind, path, context), f"'{_name(path)}' is: {_description(path)}"


def _reason(kind: str, path: Path, context: Mapping[str, Any]) -> str:
    """What a value, or a name, must be."""
    if kind == "enum":
        return f"it must be one of: {', '.join(_choices(path))}"
    if kind == "string_pattern_mismatch":
        return f"it must be {ALLOWED[context['pattern']]}"
    if kind in _BOUNDS:
        word, limit = _BOUNDS[kind]
        return f"it must be {word} {context[limit]:g}"
    return f"it must be {_WANTED[kind]}" if kind in _WANTED else "it does not fit here"


def _choices(path: Path) -> tuple[str, ...]:
    """The words that may stand where an enumeration is wanted."""
    wanted = section_of(path[:-1]).model_fields[_name(path)].annotation
    kinds = [k for k in (wanted, *get_args(wanted)) if isinstance(k, type) and issubclass(k, StrEnum)]
    return tuple(word.value for kind in kinds for word in kind)


def _shown(tree: Tree, path: Path) -> str:
    """The value as written, short; never one that may be a secret."""
    match at(tree, path):
        case Table():
            return "a mapping"
        case Items(items=[]):
            return "an empty list"
        case Items():
            return "a list"
        case Scalar(text=None) | None:
            return "empty"
        case Scalar(text=text) if text is not None and "secrets" not in path:
            return f"'{text if len(text) <= 40 else text[:37] + '...'}'"
    return "this value"


def _whole(path: Path) -> str:
    """What a path leads to, in words."""
    if not path:
        return "the cloud file"
    return f"an entry of '{_name(path)}'" if isinstance(path[-1], int) else f"'{_name(path)}'"


def _name(path: Path) -> str:
    """The last key of a path."""
    return next((str(step)[:64] for step in reversed(path) if isinstance(step, str)), "the cloud file")


def _description(path: Path) -> str:
    name = _name(path)
    field = section_of(path[:-1]).model_fields.get(name)
    if field is None and path[0] == "promises":
        return "at most this many seconds without success, for a fault and a class of operation"
    field = field or CloudSection.model_fields.get(str(path[0]))
    return field.description or name if field else name
