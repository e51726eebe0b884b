"""Expected errors form one tree, drawn where it begins, each with the exit code of its command."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterable, Iterator
from importlib import import_module

from source import Source, sources

from holdfast.model import errors
from holdfast.model.errors import HoldfastError

CAUGHT = ("probes/sessions/", "hosts/agent/", "components/programs/")
"""What a client met, or a program on a host: whoever asked takes it for an answer; no command ends by it."""

BUILT_IN = {name for name, each in vars(builtins).items() if isinstance(each, type)}


def built_on(source: Source, bases: Iterable[str]) -> Iterator[str]:
    """Public classes of a file that inherit straight from one of these exceptions."""
    classes = (node for node in ast.walk(source.tree) if isinstance(node, ast.ClassDef))
    for each in (each for each in classes if each.name[0] != "_"):
        if any(isinstance(base, ast.Name) and base.id in bases for base in each.bases):
            yield each.name


def outside(source: Source) -> list[str]:
    """Public exceptions of a file that are in no tree."""
    exceptions = {name for name in BUILT_IN if issubclass(getattr(builtins, name), BaseException)}
    return list(built_on(source, exceptions))


def branches() -> dict[str, int]:
    """What inherits straight from the root, with its exit code."""
    found = {}
    for source in sources():
        for name in built_on(source, ("HoldfastError",)):
            module = import_module("holdfast." + source.name.removesuffix(".py").replace("/", "."))
            found[name] = int(getattr(module, name).exit)
    return found


def test_every_error_that_ends_a_command_is_in_the_tree() -> None:
    found = {s.name: outside(s) for s in sources() if not s.name.startswith(CAUGHT)}
    assert {name: each for name, each in found.items() if each} == {"model/errors.py": ["HoldfastError"]}


def test_the_tree_is_drawn_as_it_is() -> None:
    drawn = re.findall(r"(?m)^    [├└]── (\w+) +(\d+)  \S", str(errors.__doc__))
    assert {name: int(code) for name, code in drawn} == branches()


def test_every_error_has_the_code_of_its_branch() -> None:
    """Whoever inherits says nothing else: the drawing is the whole truth."""
    branches()
    for branch in HoldfastError.__subclasses__():
        assert {twig.exit for twig in branch.__subclasses__()} <= {branch.exit}, branch.__name__


def test_a_planted_error_is_seen() -> None:
    planted = Source(sources()[0].path)
    planted.__dict__["tree"] = ast.parse("class Refused(RuntimeError):\n    pass\n")
    assert outside(planted) == ["Refused"]
