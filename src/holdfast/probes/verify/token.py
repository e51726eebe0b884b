"""A token is issued through the address and validated there, and by every backend."""

from __future__ import annotations

from collections.abc import Callable

from holdfast.model.finding import Finding, Verdict
from holdfast.probes.sessions.access import Access, Node
from holdfast.probes.sessions.tokens import TokenSession, patient, to_backend
from holdfast.probes.verify import RULE, Part, tried

REMEDY = "holdfast status says which part does not answer"


def ask(
    access: Access,
    _run: str,
    opener: Callable[[Access], TokenSession] = patient,
    backend: Callable[[Access, str], TokenSession] = to_backend,
) -> tuple[Finding, ...]:
    """One finding for the issue, one for the validation through the address, one for each backend."""
    session, tokens = opener(access), list[str]()

    def issue() -> str:
        tokens.append(session.issue())
        return f"a token of {len(tokens[0])} characters"

    findings = [tried("token issued through the address", REMEDY, issue)]
    if tokens:
        subject = "token validated through the address"
        findings.append(tried(subject, REMEDY, lambda: f"is {session.validate(tokens[0])}'s"))
    session.close()
    nodes = access.door("identity").nodes
    return (*findings, *(_by_backend(backend(access, node.address), node, tokens) for node in nodes))


def _by_backend(session: TokenSession, node: Node, tokens: list[str]) -> Finding:
    subject = f"token validated by {node.name}"
    if not tokens:
        return Finding(Verdict.UNKNOWN, RULE, subject, "there was no token to validate", REMEDY)
    finding = tried(subject, REMEDY, lambda: f"is {session.validate(tokens[0])}'s")
    session.close()
    return finding


PART = Part("a token through every backend", frozenset({"identity"}), ask)
