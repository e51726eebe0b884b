"""The end-to-end question: does the cloud do its work for a client, through every backend?"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from holdfast.model.catalogue import Site
from holdfast.model.discover import discover
from holdfast.model.finding import Finding, Verdict
from holdfast.probes.sessions.access import Access, access_to
from holdfast.probes.sessions.words import line

RULE = "verify"


@dataclass(frozen=True)
class Part:
    """One part of the question, in a file of its own.

    `kinds` are the offers that it cannot be asked without. `ask(access, run)` blocks until it knows; `run`
    is a text that no earlier call used. Any failure is a finding, never an exception.
    """

    summary: str
    kinds: frozenset[str]
    ask: Callable[[Access, str], tuple[Finding, ...]]


@cache
def parts() -> tuple[Part, ...]:
    """Every part, by its file's name."""
    return tuple(discover(__name__, __path__, "PART", Part).values())


async def verify(site: Site, run: str, among: tuple[Part, ...] | None = None) -> tuple[Finding, ...]:
    """Every part that the cloud has what it takes for, at the same time, each in a thread.

    A cloud for which there is no part is UNKNOWN.
    """
    access = access_to(site)
    chosen = [part for part in among or parts() if part.kinds <= access.doors.keys()]
    found = await asyncio.gather(*(asyncio.to_thread(part.ask, access, run) for part in chosen))
    nothing = Finding(Verdict.UNKNOWN, RULE, site.cloud.name, "no part of the question fits this cloud")
    return tuple(finding for part in found for finding in part) or (nothing,)


def tried(
    subject: str, remedy: str, work: Callable[[], str], undo: Callable[[], None] | None = None
) -> Finding:
    """PASS with what the work tells, or FAIL with what it raised; `undo` then takes away what it had made."""
    try:
        return Finding(Verdict.PASS, RULE, subject, work())
    except Exception as error:
        return Finding(Verdict.FAIL, RULE, subject, f"{line(error)}{_undone(undo)}", remedy)


def _undone(undo: Callable[[], None] | None) -> str:
    """Nothing, or what is to be told of an undoing that failed."""
    try:
        if undo is not None:
            undo()
    except Exception as error:
        return f"; what was made for the question may still be there: {line(error)}"
    return ""
