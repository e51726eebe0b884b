"""Confirmed messages on a durable quorum queue; each client begins at another node of the list."""

from __future__ import annotations

from dataclasses import dataclass

from holdfast.drill.workloads import Actor, Clock, Workload
from holdfast.model.op import Op, Outcome
from holdfast.probes.sessions.access import Access
from holdfast.probes.sessions.bus import DEADLINE, BusSession, NotPublished, Unconfirmed

KIND = "messaging.publish"


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


WORKLOADS = (Workload(KIND, actors=3, period=0.1, deadline=DEADLINE, open=_open, prepare=_prepare),)
