"""Risks that a design runs: each is refused with its reason, unless the cloud file accepts it in words."""

from __future__ import annotations

from collections.abc import Iterator

from holdfast.model.cloudfile.coherence import Reading, meant, roles_of, wanted
from holdfast.model.cloudfile.errors import CloudFileError
from holdfast.model.cloudfile.tree import Path
from holdfast.model.component import Component
from holdfast.model.parts import Risk


def risks(r: Reading) -> Iterator[CloudFileError]:
    """Risks that are run and not accepted, or on more hosts than they bear; and words that accept nothing."""
    known = {risk.name for part in r.words.components for risk in part.risks}
    accepted = set[str]()
    for i in range(r.length("accept")):
        if (name := r.text("accept", i)) is None:
            continue
        accepted.add(name)
        if name not in known:
            why, cure = "no service runs a risk of that name", "remove it"
            what = f"unknown risk '{name[:64]}'"
            yield r.error(("accept", i), what, why, meant(name, known) if known else cure)
    for path, part, risk in _run(r):
        if risk.name not in accepted:
            cure = f"{risk.cure}; or, where you accept it, say so: `accept: [{risk.name}]`"
            yield r.error(path, risk.what, risk.why, cure)
        yield from _too_many(r, part, risk)


def _run(r: Reading) -> Iterator[tuple[Path, Component, Risk]]:
    """Each risk that the cloud would run, once, with the place of the service that brings it."""
    brought = [(path, part) for path, _, part in wanted(r)]
    kinds = frozenset[str]().union(*(part.kinds for _, part in brought))
    found = {
        risk.name: (path, part, risk)
        for path, part in reversed(brought)
        for risk in part.risks
        if risk.unless not in kinds
    }
    yield from found.values()


def _too_many(r: Reading, part: Component, risk: Risk) -> Iterator[CloudFileError]:
    holders = [i for i in range(r.length("hosts")) if part.role in (roles_of(r, i) or ())]
    if risk.most is not None and len(holders) > risk.most:
        what = f"{len(holders)} hosts hold the role '{part.role}'"
        cure = f"{risk.cure}; or give '{part.role}' to {risk.most} of them alone"
        yield r.error(("hosts", holders[risk.most], "roles"), what, risk.why, cure, key=True)
