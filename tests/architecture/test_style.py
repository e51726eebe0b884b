"""Sizes, names and words of the source (docs/architecture.md, "Style")."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterable, Iterator

import pytest
from source import Source, functions, sources

FILE_LINES, FUNCTION_LINES = 300, 30
FORBIDDEN = re.compile(r"(^|_)(utils?|commons?|helpers?|base|managers?|misc|tools?)(_|$)")


ALONE = ("components/programs/", "openstack/programs/")
"""Each of these is a program of its own on a host, and meets no other."""
TWICE = {"Answer", "Fault", "Run"}
"""What two parts each call their own so far: none may join them."""


def classes(among: Iterable[Source]) -> Counter[str]:
    """How often each public name of a class is given, programs for hosts left out."""
    files = (source for source in among if not source.name.startswith(ALONE))
    names = (n.name for source in files for n in ast.walk(source.tree) if isinstance(n, ast.ClassDef))
    return Counter(name for name in names if name[0] != "_")


def lines_of(function: ast.AST) -> int:
    """Lines of a function without its docstring, the inside of long texts, and inner functions."""
    assert isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
    lines = _range(function)
    first = function.body[0]
    if ast.get_docstring(function) is not None:
        lines -= _range(first)
    for node in ast.walk(function):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node is not function:
            lines -= _range(node)
        elif isinstance(node, ast.JoinedStr) or (
            isinstance(node, ast.Constant) and isinstance(node.value, str)
        ):
            lines -= _range(node) - {node.lineno}
    return len(lines)


def _range(node: ast.stmt | ast.expr) -> set[int]:
    assert node.end_lineno is not None
    return set(range(node.lineno, node.end_lineno + 1))


def public(tree: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    """Public functions and classes, and the public methods of those."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and node.name[0] != "_":
            yield node, node.name
            if isinstance(node, ast.ClassDef):
                yield from (
                    (each, f"{node.name}.{each.name}")
                    for each in node.body
                    if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef) and each.name[0] != "_"
                )


def test_files_are_short() -> None:
    assert {s.name: n for s in sources() if (n := len(s.text.splitlines())) >= FILE_LINES} == {}


def test_functions_are_short() -> None:
    found = [(s.name, f.name, lines_of(f)) for s in sources() for f in functions(s.tree)]
    assert [each for each in found if each[2] >= FUNCTION_LINES] == []


def test_files_are_named_for_a_noun() -> None:
    words = [(s.name, word.removesuffix(".py")) for s in sources() for word in s.name.split("/")]
    assert [name for name, word in words if FORBIDDEN.search(word)] == []


def test_one_word_has_one_meaning() -> None:
    assert {name for name, times in classes(sources()).items() if times > 1} == TWICE


def test_a_planted_second_meaning_is_seen() -> None:
    planted = Source(sources()[0].path)
    planted.__dict__["tree"] = ast.parse("class Step:\n    pass\n")
    assert classes((*sources(), planted))["Step"] == 2


def test_what_is_public_is_documented() -> None:
    assert [s.name for s in sources() if not ast.get_docstring(s.tree)] == []
    found = [(s.name, name, node) for s in sources() for node, name in public(s.tree)]
    assert [each[:2] for each in found if not ast.get_docstring(each[2])] == []  # type: ignore[arg-type]


def test_only_front_ends_print() -> None:
    calls = [(s, n) for s in sources() for n in ast.walk(s.tree) if isinstance(n, ast.Call)]
    prints = [(s, n) for s, n in calls if isinstance(n.func, ast.Name) and n.func.id == "print"]
    assert [f"{s.name}:{n.lineno}" for s, n in prints if s.part != "front"] == []
    assert prints


@pytest.mark.parametrize("name", ["util", "host_utils", "common", "helpers", "base", "state_manager"])
def test_a_forbidden_name_is_seen(name: str) -> None:
    assert FORBIDDEN.search(name)


def test_a_planted_long_function_is_seen() -> None:
    body = "\n".join(f"    x = {n}" for n in range(FUNCTION_LINES))
    assert lines_of(ast.parse(f"def f():\n{body}\n").body[0]) > FUNCTION_LINES
    text = ast.parse('def f():\n    return """' + "\n" * 50 + '"""\n').body[0]
    assert lines_of(text) < 5
