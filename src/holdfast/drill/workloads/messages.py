"""Confirmed messages on a durable quorum queue; each client begins at another node of the list."""

from __future__ import annotations

import time
from dataclasses import dataclass

from holdfast.drill.history import number
from holdfast.drill.workloads import Actor, Clock, Crew, Ledger, Workload
from holdfast.model.finding import Finding, Verdict
from holdfast.model.op import Op, Outcome
from holdfast.probes.sessions.access import Access
from holdfast.probes.sessions.bus import DEADLINE, BusSession, NotPublished, Unconfirmed

KIND = "messaging.publish"
RULE = "messages"
PATIENCE, PAUSE = 20.0, 0.5

Kept = tuple[str, ...] | None
"""What the queue holds, `actor/n` each; None where it could not be read."""


def queue_of(run: str) -> str:
    """The name of a run's queue."""
    return f"drill.{run}"


@dataclass
class Publisher:
    """Publishes its next message; the text `name/n` says whose it is."""

    name: str
    session: BusSession
    clock: Clock

    def step(self, n: int) -> Op:
        """Publishes message n and waits for its confirm."""
        start = self.clock()
        try:
            self.session.publish(f"{self.name}/{n}")
            outcome, value = Outcome.OK, str(n)
        except NotPublished as error:
            outcome, value = Outcome.FAIL, f"{n} {error}"
        except Unconfirmed as error:
            outcome, value = Outcome.UNKNOWN, f"{n} {error}"
        return Op(start, self.clock(), self.name, KIND, outcome, value)

    def close(self) -> None:
        """Drops its connection."""
        self.session.close()


def _prepare(access: Access, run: str) -> Access:
    session = BusSession(access, queue_of(run))
    session.declare()
    session.close()
    return access


def _open(access: Access, run: str, actor: int, clock: Clock) -> Actor:
    return Publisher(f"publisher-{actor}", BusSession(access, queue_of(run), turn=actor), clock)


def keep(access: Access, run: str, _ops: tuple[Op, ...]) -> Kept:
    """The whole queue, asked for during PATIENCE seconds."""
    session = BusSession(access, queue_of(run))
    end = time.monotonic() + PATIENCE
    while True:
        try:
            return session.peek()
        except NotPublished:
            if time.monotonic() > end:
                return None
            time.sleep(PAUSE)
        finally:
            session.close()


def judge(ops: tuple[Op, ...], kept: object) -> tuple[Finding, ...]:
    """One finding: ok / lost / recovered (open, but there) / unexpected (refused, but there) / twice."""
    confirmed = _sent(ops, Outcome.OK)
    if not confirmed:
        return (Finding(Verdict.UNKNOWN, RULE, KIND, "no message was confirmed"),)
    if not isinstance(kept, tuple):
        return (Finding(Verdict.UNKNOWN, RULE, KIND, "the queue could not be read", "is the bus back?"),)
    there = set(kept)
    gone, unexpected = sorted(confirmed - there), sorted(there & _sent(ops, Outcome.FAIL))
    detail = (
        f"{len(confirmed & there)} ok, {len(gone)} lost, "
        f"{len(there & _sent(ops, Outcome.UNKNOWN))} recovered, {len(unexpected)} unexpected, "
        f"{len(kept) - len(there)} twice"
    )
    if gone or unexpected:
        first = ", ".join((gone or unexpected)[:5])
        remedy = "keep the queue as it is: the bus's logs show which member led it and when"
        return (Finding(Verdict.FAIL, RULE, KIND, f"{detail}: {first}", remedy),)
    return (Finding(Verdict.PASS, RULE, KIND, detail),)


def lost(ops: tuple[Op, ...], kept: object) -> int | None:
    """Confirmed messages that are not there; None where the queue could not be read."""
    return len(_sent(ops, Outcome.OK) - set(kept)) if isinstance(kept, tuple) else None


def _sent(ops: tuple[Op, ...], outcome: Outcome) -> set[str]:
    return {f"{op.actor}/{number(op)}" for op in ops if op.kind == KIND and op.outcome is outcome}


def forget(access: Access, run: str) -> None:
    """Deletes the run's queue; what cannot be deleted is left."""
    session = BusSession(access, queue_of(run))
    try:
        session.delete()
    except NotPublished:
        return
    finally:
        session.close()


CREW = Crew(KIND, actors=3, period=0.1, deadline=DEADLINE, open=_open)
WORKLOAD = Workload(frozenset({"bus"}), lambda _access: (CREW,), _prepare, Ledger(keep, judge, lost, forget))
