"""Reads the small part of YAML that a cloud file needs into a tree that knows where each thing stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from holdfast.model.cloudfile.errors import CloudFileError

DEEPEST = 12
"""Levels of nesting beyond which a text is no cloud file; it also bounds the parser's work."""

MOST = 150_000
"""Values (keys too) beyond which a text is no cloud file; one of ten thousand hosts has that."""

Path = tuple[str | int, ...]
"""The way to a value from the top: keys and list positions."""


@dataclass(frozen=True)
class Place:
    """A position in the text, both counted from 1."""

    line: int
    column: int


@dataclass
class Scalar:
    """A text as written; None where nothing (or null) is. The schema decides what is a number."""

    place: Place
    text: str | None


@dataclass
class Items:
    """A list."""

    place: Place
    items: list[Tree] = field(default_factory=list)


@dataclass
class Table:
    """A mapping: `keys` holds where each key stands."""

    place: Place
    values: dict[str, Tree] = field(default_factory=dict)
    keys: dict[str, Place] = field(default_factory=dict)


Tree = Scalar | Items | Table


def grow(text: str) -> tuple[Tree | None, list[CloudFileError]]:
    """The tree and every error found; None where the text is empty or cannot be read to its end."""
    grower = _Grower()
    try:
        for event in _events(text):
            if not grower.take(event):
                break
    except _NotYaml as stop:
        return None, _indented_by_tabs(text) or [*grower.errors, stop.error]
    return (None if grower.broken else grower.top), grower.errors


def plain(tree: Tree | None) -> Any:
    """The tree as dicts, lists and texts."""
    match tree:
        case Table():
            return {key: plain(value) for key, value in tree.values.items()}
        case Items():
            return [plain(item) for item in tree.items]
        case Scalar():
            return tree.text
    return None


def at(tree: Tree | None, path: Path) -> Tree | None:
    """The part of a tree that a path leads to; None where it leads nowhere."""
    for step in path:
        if isinstance(tree, Table) and isinstance(step, str):
            tree = tree.values.get(step)
        elif isinstance(tree, Items) and isinstance(step, int) and step < len(tree.items):
            tree = tree.items[step]
        else:
            return None
    return tree


def place_of(tree: Tree | None, path: Path, *, key: bool = False) -> Place:
    """Where a value stands; its key where that is asked for, or where the value spans lines or is empty.

    What is missing stands where the nearest part around it does.
    """
    for end in range(len(path), 0, -1):
        found = at(tree, path[:end])
        parent, step = at(tree, path[: end - 1]), path[end - 1]
        spans = not isinstance(found, Scalar) or found.text is None
        if isinstance(parent, Table) and step in parent.keys and (key or spans):
            return parent.keys[str(step)]
        if found is not None:
            return found.place
    return tree.place if tree else Place(1, 1)


class _NotYaml(Exception):
    """The parser gave up; `error` says where."""

    def __init__(self, error: CloudFileError) -> None:
        super().__init__(error)
        self.error = error


def _events(text: str) -> Iterator[Any]:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError

    last = Place(1, 1)
    try:
        for event in YAML(typ="safe", pure=True).parse(text):
            last = _place(event.start_mark)
            yield event
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        why = " ".join(filter(None, (error.context, error.problem))) or "it is not YAML"
        raise _NotYaml(_unreadable(_place(mark) if mark else last, why)) from None
    except Exception as error:
        # The parser lets other exceptions escape on texts that are far from YAML (OverflowError on an
        # escape past Unicode's end, for one); to a reader all mean the same.
        raise _NotYaml(_unreadable(last, f"the parser gave up ({type(error).__name__})")) from None


def _unreadable(place: Place, why: str) -> CloudFileError:
    return CloudFileError(
        place.line,
        place.column,
        "this cannot be read as YAML",
        " ".join(why.split()),
        "look at this line and the one above for a missing colon, quote, bracket or space",
    )


def _place(mark: Any) -> Place:
    return Place(mark.line + 1, mark.column + 1)


def _indented_by_tabs(text: str) -> list[CloudFileError]:
    return [
        CloudFileError(
            number,
            line.index("\t") + 1,
            "a tab is used to indent",
            "YAML cannot tell how deep a tab goes",
            "indent with spaces, two for each level",
        )
        for number, line in enumerate(text.split("\n"), 1)
        if "\t" in line[: len(line) - len(line.lstrip())] and line.strip()
    ]


_NULL = frozenset({"", "~", "null", "Null", "NULL"})


class _Grower:
    """Builds the tree from the parser's events without recursion; `broken` once there is no going on."""

    def __init__(self) -> None:
        self.top: Tree | None = None
        self.errors: list[CloudFileError] = []
        self.broken = False
        self._open: list[Table | Items] = []
        self._keys: list[str | None] = []
        self._documents = 0
        self._taken = 0

    def take(self, event: Any) -> bool:
        """Takes one event; False when nothing after it can be trusted."""
        place = _place(event.start_mark)
        self._taken += 1
        if self._taken > MOST:
            return self._end(place, f"more than {MOST} values stand before here", "split the cloud")
        match type(event).__name__:
            case "DocumentStartEvent":
                self._documents += 1
                if self._documents > 1:
                    return self._end(place, "a second document begins here", "keep one document a file")
            case "AliasEvent":
                return self._end(place, "an alias (*) stands here", "write the value out where it is wanted")
            case "ScalarEvent":
                self._refuse_marks(event, place)
                empty = event.style is None and event.value in _NULL
                self._scalar(place, event.value, Scalar(place, None if empty else event.value))
            case "MappingStartEvent" | "SequenceStartEvent" as kind:
                self._refuse_marks(event, place)
                return self._begin(Table(place) if kind.startswith("M") else Items(place))
            case "MappingEndEvent" | "SequenceEndEvent":
                self._open.pop()
                self._keys.pop()
        return True

    def _end(self, place: Place, what: str, cure: str) -> bool:
        self._complain(place, what, "a cloud file is plain: keys, lists and values", cure)
        self.broken = True
        return False

    def _complain(self, place: Place, what: str, why: str, cure: str) -> None:
        self.errors.append(CloudFileError(place.line, place.column, what, why, cure))

    def _refuse_marks(self, event: Any, place: Place) -> None:
        why = "a cloud file is plain: keys, lists and values"
        if event.anchor is not None:
            self._complain(place, f"an anchor (&{event.anchor}) stands here", why, "remove it")
        if event.tag is not None:
            self._complain(place, "a tag (!) stands here", why, "remove it")

    def _begin(self, node: Table | Items) -> bool:
        if len(self._open) >= DEEPEST:
            return self._end(node.place, f"this is nested more than {DEEPEST} deep", "follow the reference")
        if self._awaits_key():
            self._complain(
                node.place, "a list or mapping is used as a key", "a key is a word", "write one word"
            )
            return self._halt()
        self._attach(node)
        self._open.append(node)
        self._keys.append(None)
        return True

    def _halt(self) -> bool:
        self.broken = True
        return False

    def _awaits_key(self) -> bool:
        return bool(self._open) and isinstance(self._open[-1], Table) and self._keys[-1] is None

    def _scalar(self, place: Place, text: str, node: Scalar) -> None:
        if not self._awaits_key():
            self._attach(node)
            return
        table = self._open[-1]
        assert isinstance(table, Table)
        if text in table.keys:
            first = table.keys[text].line
            why = f"it stands on line {first} already, and only one of the two can count"
            self._complain(place, f"the key '{text}' is given twice", why, "remove one of them")
        else:
            table.keys[text] = place
        self._keys[-1] = text

    def _attach(self, node: Tree) -> None:
        if not self._open:
            self.top = node
            return
        parent, key = self._open[-1], self._keys[-1]
        if isinstance(parent, Items):
            parent.items.append(node)
        elif key is not None:
            parent.values.setdefault(key, node)
            self._keys[-1] = None
