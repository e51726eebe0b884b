"""A ledger of numbered rows, each committed through the address and never written twice."""

from __future__ import annotations

import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from holdfast.drill.history import number
from holdfast.drill.workloads import Actor, Clock, Crew, Ledger, Workload
from holdfast.model.finding import Finding, Verdict
from holdfast.model.op import Op, Outcome
from holdfast.probes.sessions.access import Access, Node
from holdfast.probes.sessions.database import (
    DEADLINE,
    DatabaseSession,
    NotWritten,
    Unsure,
    through_address,
    to_node,
)

KIND = "database.write"
RULE = "ledger"
LOST = "keep the nodes as they are: each node's log and the run's folder show which row went where"
PATIENCE, PAUSE = 20.0, 0.5

Rows = frozenset[tuple[str, int]]
Kept = Mapping[str, Rows | None]
"""Each host's own rows; None where they could not be read."""


@dataclass
class Clerk:
    """Writes its next row; a number that failed is not tried again, so that its fate stays readable."""

    name: str
    run: str
    session: DatabaseSession
    clock: Clock

    def step(self, n: int) -> Op:
        """Inserts and commits row n."""
        start = self.clock()
        try:
            self.session.insert(self.run, self.name, n)
            outcome, value = Outcome.OK, str(n)
        except NotWritten as error:
            outcome, value = Outcome.FAIL, f"{n} {error}"
        except Unsure as error:
            outcome, value = Outcome.UNKNOWN, f"{n} {error}"
        return Op(start, self.clock(), self.name, KIND, outcome, value)

    def close(self) -> None:
        """Drops its connection."""
        self.session.close()


def _prepare(access: Access, _run: str) -> Access:
    session = through_address(access)
    session.prepare()
    session.close()
    return access


def _open(access: Access, run: str, actor: int, clock: Clock) -> Actor:
    return Clerk(f"clerk-{actor}", run, through_address(access), clock)


def keys(ops: tuple[Op, ...], outcome: Outcome) -> Rows:
    """(actor, n) of this workload's operations with an outcome."""
    return frozenset((op.actor, number(op)) for op in ops if op.kind == KIND and op.outcome is outcome)


def keep(access: Access, run: str, ops: tuple[Op, ...]) -> Kept:
    """Each node's rows. A node that has not yet applied all that was acknowledged is read again for
    PATIENCE seconds: it may be behind, not wrong."""
    nodes, written = access.door("database").nodes, keys(ops, Outcome.OK)
    with ThreadPoolExecutor(len(nodes)) as pool:
        rows = pool.map(lambda node: _rows(access, node, run, written), nodes)
        return dict(zip((node.name for node in nodes), rows, strict=True))


def _rows(access: Access, node: Node, run: str, written: Rows) -> Rows | None:
    session, rows = to_node(access, node.address), None
    end = time.monotonic() + PATIENCE
    while True:
        try:
            rows = session.rows(run)
        except (NotWritten, Unsure):
            rows = None
        if (rows is not None and rows >= written) or time.monotonic() > end:
            session.close()
            return rows
        time.sleep(PAUSE)


def judge(ops: tuple[Op, ...], kept: object) -> tuple[Finding, ...]:
    """One finding a node: ok / lost / recovered (open, but there) / unexpected (refused, but there)."""
    written = keys(ops, Outcome.OK)
    if not written:
        return (Finding(Verdict.UNKNOWN, RULE, KIND, "no row was acknowledged"),)
    if not isinstance(kept, Mapping) or not kept:
        return (Finding(Verdict.UNKNOWN, RULE, KIND, "no node's rows were read"),)
    open_, refused = keys(ops, Outcome.UNKNOWN), keys(ops, Outcome.FAIL)
    return tuple(_node(host, rows, written, open_, refused - written - open_) for host, rows in kept.items())


def lost(ops: tuple[Op, ...], kept: object) -> int | None:
    """Acknowledged rows missing on any node; None where a node could not be read."""
    if not isinstance(kept, Mapping) or not kept or any(rows is None for rows in kept.values()):
        return None
    written = keys(ops, Outcome.OK)
    return len(frozenset[tuple[str, int]]().union(*(written - rows for rows in kept.values())))


def _node(host: str, rows: Rows | None, written: Rows, open_: Rows, refused: Rows) -> Finding:
    if rows is None:
        return Finding(Verdict.UNKNOWN, RULE, host, "its rows could not be read", "is the node back?")
    gone, unexpected = sorted(written - rows), sorted(rows & refused)
    detail = (
        f"{len(written & rows)} ok, {len(gone)} lost, {len(rows & open_)} recovered, "
        f"{len(unexpected)} unexpected"
    )
    if gone or unexpected:
        first = ", ".join(f"{actor}/{n}" for actor, n in (gone or unexpected)[:5])
        return Finding(Verdict.FAIL, RULE, host, f"{detail}: {first}", LOST)
    return Finding(Verdict.PASS, RULE, host, detail)


def forget(access: Access, run: str) -> None:
    """Deletes the run's rows; what cannot be deleted is left."""
    session = through_address(access)
    try:
        session.forget(run)
    except (NotWritten, Unsure):
        return
    finally:
        session.close()


CREW = Crew(KIND, actors=4, period=0.1, deadline=DEADLINE, open=_open)
WORKLOAD = Workload(
    frozenset({"database"}), lambda _access: (CREW,), _prepare, Ledger(keep, judge, lost, forget)
)
