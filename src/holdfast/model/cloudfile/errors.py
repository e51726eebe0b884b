"""What is wrong with a cloud file: each error with its place, reason and cure, and all of them at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from holdfast.model.errors import BadInput


@dataclass(frozen=True, order=True)
class CloudFileError:
    """One error: `line` and `column` count from 1; `why` is the reason, `cure` what to do next."""

    line: int
    column: int
    what: str
    why: str
    cure: str

    def __str__(self) -> str:
        return f"line {self.line}, column {self.column}: {self.what}: {self.why}; {self.cure}"


class CloudFileErrors(BadInput):
    """Every error of a cloud file, in line order; `source` is the file's path where there is one."""

    def __init__(self, errors: Iterable[CloudFileError], source: str = "") -> None:
        self.errors = tuple(sorted(set(errors)))
        self.source = source
        super().__init__("\n".join(f"{source}: {e}" if source else str(e) for e in self.errors))
