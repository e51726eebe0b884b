"""The source tree as the architecture's tests read it: files, their parts, and what stands in them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import holdfast

ROOT = Path(holdfast.__file__).parent


@dataclass(frozen=True)
class Source:
    """One file; `name` is its path below the package, with slashes."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.relative_to(ROOT).as_posix()

    @property
    def part(self) -> str:
        """The folder, or the module, right below the package."""
        return self.path.relative_to(ROOT).parts[0].removesuffix(".py")

    @cached_property
    def text(self) -> str:
        return self.path.read_text()

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    def imports(self) -> Iterator[tuple[int, str]]:
        """(line, full name) of each import, wherever it stands; `from a import b` gives `a.b`."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from ((node.lineno, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{self.name}:{node.lineno}: imports are absolute"
                yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


@cache
def sources() -> tuple[Source, ...]:
    """Every file of the package."""
    return tuple(Source(path) for path in sorted(ROOT.rglob("*.py")))


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function, inner ones and methods too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node
