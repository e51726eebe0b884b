"""A row is written through the address, read back and deleted."""

from __future__ import annotations

from collections.abc import Callable

from holdfast.model.finding import Finding
from holdfast.probes.sessions.access import Access
from holdfast.probes.sessions.database import DatabaseSession, through_address
from holdfast.probes.verify import Part, tried


def ask(
    access: Access, run: str, opener: Callable[[Access], DatabaseSession] = through_address
) -> tuple[Finding, ...]:
    """One finding."""
    session, made = opener(access), list[str]()

    def work() -> str:
        session.prepare()
        made.append(run)
        session.insert(run, "verify", 1)
        if session.rows(run) != {("verify", 1)}:
            raise LookupError("the row that was just written is not there")
        session.forget(run)
        return "written, read back and deleted"

    def undo() -> None:
        for each in made:
            session.forget(each)

    remedy = "holdfast status: does the database have a writer?"
    finding = tried("row through the address", remedy, work, undo)
    session.close()
    return (finding,)


PART = Part("a row through the address", frozenset({"database"}), ask)
