"""Tokens issued and validated through the address, each client over its own kept connection."""

from __future__ import annotations

import http.client
from dataclasses import dataclass

from holdfast.drill.workloads import Actor, Clock, Crew, Workload
from holdfast.model.op import Op, Outcome
from holdfast.probes.sessions.access import Access
from holdfast.probes.sessions.tokens import DEADLINE, Denied, TokenSession, log_in, through_address
from holdfast.probes.sessions.words import line

ISSUE, VALIDATE = "identity.issue", "identity.validate"
UNKNOWN_TOKEN = (401, 404)


@dataclass
class TokenUser:
    """Issues a token each time, or validates the one it has; one that the API does not know is dropped."""

    name: str
    kind: str
    session: TokenSession
    clock: Clock
    token: str = ""

    def step(self, n: int) -> Op:
        """One call, with the token it has; without one it logs in by password before."""
        start = self.clock()
        try:
            self.token = self.token or self.session.issue()
            if self.kind == ISSUE:
                self.session.issue(by=self.token)
            else:
                self.session.validate(self.token)
            outcome, value = Outcome.OK, ""
        except Denied as error:
            outcome, value = Outcome.FAIL, line(error)
            self.token = "" if error.status in UNKNOWN_TOKEN else self.token
        except (OSError, http.client.HTTPException, ValueError, KeyError) as error:
            # A validation changes nothing: an unanswered one has failed, whatever the server did.
            unsure = self.session.sent and self.kind == ISSUE
            outcome, value = Outcome.UNKNOWN if unsure else Outcome.FAIL, line(error)
        return Op(start, self.clock(), self.name, self.kind, outcome, value)

    def close(self) -> None:
        """Drops its connection."""
        self.session.close()


def _issuer(access: Access, _run: str, actor: int, clock: Clock) -> Actor:
    return TokenUser(f"issuer-{actor}", ISSUE, through_address(access), clock, _token(access))


def _validator(access: Access, _run: str, actor: int, clock: Clock) -> Actor:
    return TokenUser(f"validator-{actor}", VALIDATE, through_address(access), clock, _token(access))


def _token(access: Access) -> str:
    return access.token.reveal() if access.token else ""


def prepare(access: Access, _run: str) -> Access:
    """One login for all clients. Ten at once cost the API four seconds of a core; on a busy machine each is
    given up before its answer and tried again, and none ever succeeds."""
    return access if access.token else log_in(access)


# Many slow clients rather than a few fast ones: what is under way when a fault strikes may hang until
# its deadline, and the class is measured by those who come next.
CREWS = (
    Crew(ISSUE, actors=5, period=0.5, deadline=DEADLINE, open=_issuer),
    Crew(VALIDATE, actors=5, period=0.5, deadline=DEADLINE, open=_validator),
)
WORKLOAD = Workload(frozenset({"identity"}), lambda _access: CREWS, prepare=prepare)
