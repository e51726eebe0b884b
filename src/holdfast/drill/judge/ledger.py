"""Is every acknowledged row on every node, and no row that was refused on any?"""

from __future__ import annotations

from holdfast.drill.evidence import Evidence, Rows, of_kind
from holdfast.drill.history import number
from holdfast.drill.judge import Checker
from holdfast.model.finding import Finding, Verdict
from holdfast.model.op import Op, Outcome

RULE = "ledger"
KIND = "database.write"
LOST = "keep the nodes as they are: each node's log and the run's folder show which row went where"


def check(evidence: Evidence) -> tuple[Finding, ...]:
    """One finding a node: ok / lost / recovered (open, but there) / unexpected (refused, but there)."""
    ops = of_kind(evidence.ops, KIND)
    written = keys(ops, Outcome.OK)
    if not written:
        return (Finding(Verdict.UNKNOWN, RULE, KIND, "no row was acknowledged"),)
    if not evidence.rows:
        return (Finding(Verdict.UNKNOWN, RULE, KIND, "no node's rows were read"),)
    open_, refused = keys(ops, Outcome.UNKNOWN), keys(ops, Outcome.FAIL)
    return tuple(
        _node(host, rows, written, open_, refused - written - open_) for host, rows in evidence.rows.items()
    )


def keys(ops: tuple[Op, ...], outcome: Outcome) -> Rows:
    """(actor, n) of the operations with an outcome."""
    return frozenset((op.actor, number(op)) for op in ops if op.outcome is outcome)


def lost(evidence: Evidence) -> int | None:
    """Acknowledged rows missing on any node; None where a node could not be read."""
    if not evidence.rows or any(rows is None for rows in evidence.rows.values()):
        return None
    written = keys(of_kind(evidence.ops, KIND), Outcome.OK)
    return len(
        frozenset[tuple[str, int]]().union(*(written - (rows or set()) for rows in evidence.rows.values()))
    )


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


CHECKER = Checker(RULE, check)
