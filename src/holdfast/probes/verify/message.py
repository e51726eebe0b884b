"""A message is published with its confirm and read back."""

from __future__ import annotations

from collections.abc import Callable

from holdfast.model.finding import Finding
from holdfast.probes.sessions.access import Access
from holdfast.probes.sessions.bus import BusSession, NotPublished
from holdfast.probes.verify import Part, tried


def ask(
    access: Access, run: str, opener: Callable[[Access, str], BusSession] = BusSession
) -> tuple[Finding, ...]:
    """One finding."""
    session, made = opener(access, f"verify.{run}"), list[str]()

    def work() -> str:
        session.declare()
        made.append(run)
        session.publish(run)
        read = session.peek(quiet=0.5)
        session.delete()
        if read != (run,):
            raise LookupError(f"one confirmed message was sent, {len(read)} came back")
        return f"confirmed by {session.node.name} and read back"

    def undo() -> None:
        try:
            session.delete()
        except NotPublished:
            # A queue whose making was not confirmed may be there or not: only one that surely was is told of.
            if made:
                raise

    finding = tried("message with confirm", "holdfast status: do the bus's nodes see each other?", work, undo)
    session.close()
    return (finding,)


PART = Part("a message with its confirm", frozenset({"bus"}), ask)
