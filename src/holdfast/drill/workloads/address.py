"""Does the address answer at all? One page over a fresh connection, 50 times a second."""

from __future__ import annotations

import socket
from dataclasses import dataclass

from holdfast.drill.workloads import Actor, Clock, Crew, Workload
from holdfast.model.address import bracketed
from holdfast.model.endpoint import Endpoint
from holdfast.model.op import Op, Outcome
from holdfast.probes.sessions.access import Access
from holdfast.probes.sessions.words import line

DEADLINE = 0.15


@dataclass
class Visitor:
    """Fetches the aliveness page with nothing between it and the socket."""

    alive: Endpoint
    clock: Clock

    def step(self, n: int) -> Op:
        """Connects, asks, reads the first line of the answer."""
        start = self.clock()
        try:
            status = self._ask(start + DEADLINE)
            outcome = Outcome.OK if " 200 " in status else Outcome.FAIL
            value = "" if outcome is Outcome.OK else status.strip()
        except OSError as error:
            outcome, value = Outcome.FAIL, line(error)
        return Op(start, self.clock(), "address-0", "address", outcome, value)

    def close(self) -> None:
        """Holds no connection."""

    def _ask(self, end: float) -> str:
        with socket.create_connection((self.alive.address, self.alive.port), timeout=DEADLINE) as link:
            request = f"GET {self.alive.name} HTTP/1.0\r\nHost: {bracketed(self.alive.address)}\r\n\r\n"
            link.settimeout(max(0.001, end - self.clock()))
            link.sendall(request.encode())
            link.settimeout(max(0.001, end - self.clock()))
            return link.recv(1024).decode(errors="replace").partition("\n")[0] + " "


def _open(access: Access, _run: str, _actor: int, clock: Clock) -> Actor:
    return Visitor(access.door("balancer").endpoint, clock)


CREW = Crew("address", actors=1, period=0.02, deadline=DEADLINE, open=_open)
WORKLOAD = Workload(frozenset({"balancer", "address"}), lambda _access: (CREW,))
