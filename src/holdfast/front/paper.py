"""Where text is printed: a terminal of some width, or a file or program, for which nothing is folded."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from textwrap import wrap

NARROW = 24
"""Columns; a last column that would have fewer goes below the others."""


@dataclass(frozen=True)
class Paper:
    """`width` is in columns, None where a line goes on as long as it is."""

    width: int | None = None
    colour: bool = False

    def fold(self, text: str, indent: str = "") -> list[str]:
        """The text between its words at the width, each line indented. No word is broken."""
        if self.width is None:
            return [indent + " ".join(text.split())]
        fitting = max(self.width - 1, len(indent) + NARROW)
        return wrap(
            text, fitting, initial_indent=indent, subsequent_indent=indent,
            break_long_words=False, break_on_hyphens=False,
        )  # fmt: skip

    def paint(self, text: str, code: str) -> str:
        """The text in a colour, by its SGR code ("1;31"), where colours show."""
        return f"\x1b[{code}m{text}\x1b[0m" if self.colour else text


def paper() -> Paper:
    """What standard output is just now. NO_COLOR and a dumb terminal take the colours away."""
    if sys.stdout is None or not sys.stdout.isatty():
        return Paper()
    plain = "NO_COLOR" in os.environ or os.environ.get("TERM") in (None, "", "dumb")
    return Paper(shutil.get_terminal_size().columns, not plain)


def harmless(text: str) -> str:
    """Text from outside as it may be shown: what would steer a terminal is spelled out; lines stay."""
    return "".join(c if c.isprintable() or c == "\n" else ascii(c)[1:-1] for c in text)


def columns(rows: Sequence[Sequence[str]], on: Paper, indent: str = "") -> Iterator[str]:
    """Rows of cells side by side, none with a blank at its end.

    The last column may be words: it is folded, beside the others or below them. All others stay whole.
    """
    told = [tuple(harmless(" ".join(cell.split())) for cell in row) for row in rows]
    if not told:
        return
    widths = [max(map(len, column)) for column in zip(*told, strict=True)]
    begin = len(indent) + sum(widths[:-1]) + 2 * (len(widths) - 1)
    for row in told:
        head = indent + "  ".join(
            cell.ljust(width) for cell, width in zip(row[:-1], widths[:-1], strict=True)
        )
        yield from _with_last(head, row[-1], begin, on)


def _with_last(head: str, last: str, begin: int, on: Paper) -> Iterator[str]:
    if on.width is None or begin + len(last) < on.width or not head.strip():
        yield f"{head}  {last}".rstrip()
        return
    below = on.width - begin < NARROW
    lines = on.fold(last, "      " if below else " " * begin)
    if below:
        yield head.rstrip()
    else:
        first, *lines = lines
        yield f"{head}  {first.lstrip()}".rstrip()
    yield from lines
