"""The page of all drills of a cloud, the latest first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

from holdfast.drill.pages.markup import link, page, sign
from holdfast.model.finding import Verdict


@dataclass(frozen=True)
class Listed:
    """A drill by its folder's name: when it was made, by which version, and what it led to.

    `verdict` is None where it left no result that this version reads; `paged` says whether it has a page.
    `faults` are what struck, `over` the kinds of operations that took longer than predicted.
    """

    folder: str
    time: str = ""
    version: str = ""
    verdict: Verdict | None = None
    faults: tuple[str, ...] = ()
    over: tuple[str, ...] = ()
    paged: bool = True


def index_page(cloud: str, entries: Iterable[Listed]) -> str:
    """Every drill with a link to its page."""
    ordered = sorted(entries, key=lambda entry: entry.folder, reverse=True)
    top = "<tr><th></th><th>drill</th><th>struck by</th><th>over the prediction</th><th>Holdfast</th></tr>"
    body = f"<h1>Drills of {escape(cloud)}</h1><table>{top}{''.join(map(_row, ordered))}</table>"
    return page(f"Holdfast drills of {cloud}", body)


def _row(entry: Listed) -> str:
    name = entry.time or entry.folder
    where = link(f"{entry.folder}/report.html", name) if entry.paged else escape(name)
    if entry.verdict is None:
        told = "of an earlier version" if entry.paged else "ended without a result"
        return f"<tr><td></td><td class=host>{where}</td><td colspan=3>{told}</td></tr>"
    faults, over = ("<br>".join(map(escape, words)) for words in (entry.faults, entry.over))
    return (
        f"<tr><td>{sign(entry.verdict)}</td><td class=host>{where}</td><td class=host>{faults}</td>"
        f"<td>{over or 'nothing'}</td><td>{escape(entry.version)}</td></tr>"
    )
