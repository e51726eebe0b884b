"""A client of the message bus: confirmed publishing to a durable quorum queue, and reading it back."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from holdfast.probes.sessions.access import Access, Node
from holdfast.probes.sessions.busconnection import PREFETCH, BusConnection, connect
from holdfast.probes.sessions.words import line

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
    connection: BusConnection | None = None
    opener: Callable[[Access, Node, str, float], BusConnection] = connect

    @property
    def node(self) -> Node:
        """The node in use, or tried next."""
        nodes = self.access.door("bus").nodes
        return nodes[self.turn % len(nodes)]

    def publish(self, text: str) -> None:
        """Publishes a persistent message and waits CONFIRM seconds for the bus to confirm it.

        Takes DEADLINE seconds at most. Raises NotPublished or Unconfirmed.
        """
        connection = self._linked(CONNECT)
        try:
            number = connection.publish(text)
            connection.run(lambda: number in connection.settled, CONFIRM)
        except Exception as error:
            self._move_on()
            raise Unconfirmed(line(error)) from error
        if number not in connection.settled:
            name, why = self.node.name, connection.ended or f"no confirm in {CONFIRM:g} s"
            self._move_on()
            raise Unconfirmed(f"{name}: {why}")
        if not connection.settled[number]:
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
        connection = self._linked(CONNECT * 3)
        connection.consume()
        end, seen = time.monotonic() + limit, -1
        while seen != len(connection.received) and time.monotonic() < end:
            seen = len(connection.received)
            connection.run(lambda: False, quiet)
            if connection.ended:
                raise NotPublished(f"{self.node.name}: {connection.ended} while reading {self.queue}")
        if len(connection.received) >= PREFETCH:
            raise NotPublished(f"{self.queue}: more than {PREFETCH} messages, which one reader cannot hold")
        return tuple(connection.received)

    def delete(self) -> None:
        """Deletes the queue. Raises NotPublished."""
        connection = self._linked(CONNECT * 3)
        connection.delete()
        if not connection.run(lambda: connection.deleted, CONNECT * 5):
            raise NotPublished(
                f"{self.node.name}: {self.queue} was not deleted, {connection.ended or 'no answer'}"
            )

    def close(self) -> None:
        """Drops the connection; idempotent."""
        connection, self.connection = self.connection, None
        if connection is not None:
            connection.close()

    def _move_on(self) -> None:
        self.close()
        self.turn += 1

    def _linked(self, patience: float) -> BusConnection:
        """The open connection, made within `patience` seconds. NotPublished: the next node is next."""
        if self.connection is not None and not self.connection.ended:
            return self.connection
        if self.connection is not None:
            self._move_on()
        try:
            connection = self.connection = self.opener(self.access, self.node, self.queue, patience)
            ready = connection.run(lambda: connection.declared, patience)
        except Exception as error:
            self._move_on()
            raise NotPublished(line(error)) from error
        if not ready:
            name, why = self.node.name, connection.ended or f"no connection in {patience:g} s"
            self._move_on()
            raise NotPublished(f"{name}: {why}")
        return connection
