"""The end-to-end question: does the cloud do its work for a client, through every backend?"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from holdfast.model.finding import Finding, Verdict
from holdfast.model.site import Site
from holdfast.probes.sessions import bus, database, identity
from holdfast.probes.sessions.access import Access, access_to
from holdfast.probes.sessions.link import line

RULE = "verify"


@dataclass(frozen=True)
class Clients:
    """How each session is made; tests hand in their own."""

    issuer: Callable[[Access], identity.IdentitySession] = identity.through_address
    backend: Callable[[Access, str], identity.IdentitySession] = identity.to_backend
    ledger: Callable[[Access], database.DatabaseSession] = database.through_address
    queue: Callable[[Access, str], bus.BusSession] = bus.BusSession


async def verify(site: Site, run: str, clients: Clients = Clients()) -> tuple[Finding, ...]:
    """Tokens through every backend, a row through the address, a message with its confirm.

    `run` is a text that no earlier call used. Blocking clients run in threads, so this takes as long
    as the slowest. Any failure is a finding, never an exception; KeyError where the cloud lacks a part.
    """
    access = access_to(site)
    parts = await asyncio.gather(
        asyncio.to_thread(_tokens, access, clients),
        asyncio.to_thread(_row, access, clients, run),
        asyncio.to_thread(_message, access, clients, run),
    )
    return tuple(finding for part in parts for finding in part)


def _tried(subject: str, remedy: str, work: Callable[[], str]) -> Finding:
    try:
        return Finding(Verdict.PASS, RULE, subject, work())
    except Exception as error:
        return Finding(Verdict.FAIL, RULE, subject, line(error), remedy)


def _tokens(access: Access, clients: Clients) -> tuple[Finding, ...]:
    session, tokens = clients.issuer(access), list[str]()

    def issue() -> str:
        tokens.append(session.issue())
        return f"a token of {len(tokens[0])} characters"

    remedy = "holdfast status says which part does not answer"
    findings = [_tried("token issued through the address", remedy, issue)]
    if tokens:
        findings.append(
            _tried(
                "token validated through the address", remedy, lambda: f"is {session.validate(tokens[0])}'s"
            )
        )
    session.close()
    for node in access.identity_nodes:
        subject, backend = f"token validated by {node.name}", clients.backend(access, node.address)
        if tokens:
            findings.append(_tried(subject, remedy, lambda b=backend: f"is {b.validate(tokens[0])}'s"))  # type: ignore[misc]
        else:
            findings.append(Finding(Verdict.UNKNOWN, RULE, subject, "there was no token to validate", remedy))
        backend.close()
    return tuple(findings)


def _row(access: Access, clients: Clients, run: str) -> tuple[Finding, ...]:
    session = clients.ledger(access)

    def work() -> str:
        session.prepare()
        session.insert(run, "verify", 1)
        if session.rows(run) != {("verify", 1)}:
            raise LookupError("the row that was just written is not there")
        session.forget(run)
        return "written, read back and deleted"

    finding = _tried("row through the address", "holdfast status: does the database have a writer?", work)
    session.close()
    return (finding,)


def _message(access: Access, clients: Clients, run: str) -> tuple[Finding, ...]:
    session = clients.queue(access, f"verify.{run}")

    def work() -> str:
        session.declare()
        session.publish(run)
        read = session.peek(quiet=0.5)
        session.delete()
        if read != (run,):
            raise LookupError(f"one confirmed message was sent, {len(read)} came back")
        return f"confirmed by {session.node.name} and read back"

    finding = _tried("message with confirm", "holdfast status: do the bus's nodes see each other?", work)
    session.close()
    return (finding,)
