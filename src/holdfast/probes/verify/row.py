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
    session = opener(access)

    def work() -> str:
        session.prepare()
        session.insert(run, "verify", 1)
        if session.rows(run) != {("verify", 1)}:
            raise LookupError("the row that was just written is not there")
        session.forget(run)
        return "written, read back and deleted"

    finding = tried("row through the address", "holdfast status: does the database have a writer?", work)
    session.close()
    return (finding,)


PART = Part("a row through the address", frozenset({"database"}), ask)
