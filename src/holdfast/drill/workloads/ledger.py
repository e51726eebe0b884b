"""A ledger of numbered rows, each committed through the address and never written twice."""

from __future__ import annotations

from dataclasses import dataclass

from holdfast.drill.workloads import Actor, Clock, Workload
from holdfast.model.op import Op, Outcome
from holdfast.probes.sessions.access import Access
from holdfast.probes.sessions.database import (
    DEADLINE,
    DatabaseSession,
    NotWritten,
    Unsure,
    through_address,
)

KIND = "database.write"


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


WORKLOADS = (Workload(KIND, actors=4, period=0.1, deadline=DEADLINE, open=_open, prepare=_prepare),)
