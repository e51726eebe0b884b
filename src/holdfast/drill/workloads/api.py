"""Any balanced API asked for its sample with a token, each client over its own kept connection."""

from __future__ import annotations

import http.client
from dataclasses import dataclass

from holdfast.drill.workloads import Actor, Clock, Crew, Workload
from holdfast.drill.workloads.tokens import UNKNOWN_TOKEN, prepare
from holdfast.model.op import Op, Outcome
from holdfast.probes.sessions.access import Access, Sample
from holdfast.probes.sessions.tokens import DEADLINE, Denied, TokenSession, through_address
from holdfast.probes.sessions.words import line


@dataclass
class Reader:
    """Gets the sample with the token it has; one that the API does not know is dropped."""

    name: str
    kind: str
    url: str
    identity: TokenSession
    api: TokenSession
    clock: Clock
    token: str = ""

    def step(self, n: int) -> Op:
        """One call; without a token it logs in before."""
        start = self.clock()
        try:
            self.token = self.token or self.identity.issue()
            self.api.get(self.url, self.token)
            outcome, value = Outcome.OK, ""
        except Denied as error:
            outcome, value = Outcome.FAIL, line(error)
            self.token = "" if error.status in UNKNOWN_TOKEN else self.token
        except (OSError, http.client.HTTPException, ValueError, KeyError) as error:
            # Reading changes nothing: an unanswered call has failed, whatever the server did.
            outcome, value = Outcome.FAIL, line(error)
        return Op(start, self.clock(), self.name, self.kind, outcome, value)

    def close(self) -> None:
        """Drops its connections."""
        self.identity.close()
        self.api.close()


def _crew(sample: Sample) -> Crew:
    def opened(access: Access, _run: str, actor: int, clock: Clock) -> Actor:
        identity, api = through_address(access), through_address(access, sample.url)
        token = access.token.reveal() if access.token else ""
        url = sample.of(access.project)
        return Reader(f"{sample.kind}-{actor}", sample.kind, url, identity, api, clock, token)

    return Crew(sample.kind, actors=5, period=0.5, deadline=DEADLINE, open=opened)


def _crews(access: Access) -> tuple[Crew, ...]:
    return tuple(_crew(sample) for sample in access.samples)


WORKLOAD = Workload(frozenset({"identity", "balancer"}), _crews, prepare)
