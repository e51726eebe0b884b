"""A client of the message bus: confirmed publishing to a durable quorum queue, and reading it back."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from holdfast.probes.sessions.access import Access, Node
from holdfast.probes.sessions.link import PREFETCH, Link, line, open_link

CONNECT = 1.0
CONFIRM = 1.0
DEADLINE = CONNECT + CONFIRM


class NotPublished(Exception):
    """The message is surely not on its queue: no connection, or the bus said no."""


class Unconfirmed(Exception):
    """The message was sent and no confirm came in time: it may be there."""


@dataclass
class BusSession:
    """Speaks to one node at a time, starting with number `turn`, and moves on after any failure."""

    access: Access
    queue: str
    turn: int = 0
    link: Link | None = None
    opener: Callable[[Access, Node, str, float], Link] = open_link

    @property
    def node(self) -> Node:
        """The node in use, or tried next."""
        return self.access.bus_nodes[self.turn % len(self.access.bus_nodes)]

    def publish(self, text: str) -> None:
        """Publishes a persistent message and waits CONFIRM seconds for the bus to confirm it.

        Takes DEADLINE seconds at most. Raises NotPublished or Unconfirmed.
        """
        link = self._linked(CONNECT)
        try:
            number = link.publish(text)
            link.run(lambda: number in link.settled, CONFIRM)
        except Exception as error:
            self._move_on()
            raise Unconfirmed(line(error)) from error
        if number not in link.settled:
            name, why = self.node.name, link.ended or f"no confirm in {CONFIRM:g} s"
            self._move_on()
            raise Unconfirmed(f"{name}: {why}")
        if not link.settled[number]:
            raise NotPublished(f"{self.node.name}: refused by the bus")

    def declare(self, patience: float = 10.0) -> None:
        """Makes the queue, on any node, within `patience` seconds. Raises NotPublished."""
        end = time.monotonic() + patience
        while True:
            try:
                self._linked(CONNECT * 3)
                return
            except NotPublished:
                if time.monotonic() > end:
                    raise
                time.sleep(0.2)

    def peek(self, quiet: float = 1.0, limit: float = 60.0) -> tuple[str, ...]:
        """All messages on the queue, until none came for `quiet` seconds. Raises NotPublished.

        Nothing is acknowledged: what was read is still there once the session is closed.
        """
        link = self._linked(CONNECT * 3)
        link.consume()
        end, seen = time.monotonic() + limit, -1
        while seen != len(link.received) and time.monotonic() < end:
            seen = len(link.received)
            link.run(lambda: False, quiet)
            if link.ended:
                raise NotPublished(f"{self.node.name}: {link.ended} while reading {self.queue}")
        if len(link.received) >= PREFETCH:
            raise NotPublished(f"{self.queue}: more than {PREFETCH} messages, which one reader cannot hold")
        return tuple(link.received)

    def delete(self) -> None:
        """Deletes the queue. Raises NotPublished."""
        link = self._linked(CONNECT * 3)
        link.delete()
        if not link.run(lambda: link.deleted, CONNECT * 5):
            raise NotPublished(f"{self.node.name}: {self.queue} was not deleted, {link.ended or 'no answer'}")

    def close(self) -> None:
        """Drops the connection; idempotent."""
        link, self.link = self.link, None
        if link is not None:
            link.close()

    def _move_on(self) -> None:
        self.close()
        self.turn += 1

    def _linked(self, patience: float) -> Link:
        """The open link, made within `patience` seconds. Raises NotPublished, and moves to the next node."""
        if self.link is not None and not self.link.ended:
            return self.link
        if self.link is not None:
            self._move_on()
        try:
            link = self.link = self.opener(self.access, self.node, self.queue, patience)
            ready = link.run(lambda: link.declared, patience)
        except Exception as error:
            self._move_on()
            raise NotPublished(line(error)) from error
        if not ready:
            name, why = self.node.name, link.ended or f"no connection in {patience:g} s"
            self._move_on()
            raise NotPublished(f"{name}: {why}")
        return link
