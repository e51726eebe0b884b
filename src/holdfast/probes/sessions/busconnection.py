"""One connection to one bus node, driven step by step with a deadline on each step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from holdfast.probes.sessions.access import Access, Node, trust
from holdfast.probes.sessions.words import line

if TYPE_CHECKING:
    from pika import ConnectionParameters, SelectConnection
    from pika.channel import Channel

# Milliseconds: a queue that an interrupted run left behind goes by itself. Publishing does not count as
# use, so this has to be far longer than any run.
PREFETCH = 65535  # the most that the protocol can say
EXPIRES = 24 * 3600 * 1000


@dataclass
class BusConnection:
    """What the bus has said so far on one connection.

    `settled` maps a message's number to confirmed (True) or refused (False); `ended` is why the
    connection or its channel is over, "" while it is not.
    """

    queue: str
    connection: SelectConnection | None = None
    channel: Channel | None = None
    settled: dict[int, bool] = field(default_factory=dict)
    sent: int = 0
    declared: bool = False
    deleted: bool = False
    received: list[str] = field(default_factory=list)
    ended: str = ""

    def run(self, done: Callable[[], bool], seconds: float) -> bool:
        """Runs the event loop until `done`, the end of the connection, or the time is up; True when done.

        The loop runs only in here, so no wait can outlast its deadline: a client that waits for a
        confirm without one hangs for ever on a node that is frozen.
        """
        loop = self._loop()
        over: list[bool] = []

        def expire() -> None:
            over.append(True)
            loop.stop()

        timer = loop.call_later(seconds, expire)
        while not (done() or over or self.ended):
            loop.start()
        loop.remove_timeout(timer)
        return done()

    def publish(self, text: str) -> int:
        """Sends a persistent message; its number, under which it will be settled."""
        import pika

        assert self.channel is not None
        self.sent += 1
        properties = pika.BasicProperties(delivery_mode=2)
        self.channel.basic_publish("", self.queue, text.encode(), properties, mandatory=True)
        return self.sent

    def consume(self) -> None:
        """Asks for everything on the queue, acknowledging nothing: it stays there."""
        assert self.channel is not None

        def keep(_channel: Any, _method: Any, _properties: Any, body: bytes) -> None:
            self.received.append(body.decode())
            self.wake()

        # A consumer that names no prefetch is given 2,000 messages at most: the rest would look lost.
        self.channel.basic_qos(prefetch_count=PREFETCH)
        self.channel.basic_consume(self.queue, keep)

    def delete(self) -> None:
        """Asks for the queue's end."""
        assert self.channel is not None

        def note(_frame: Any) -> None:
            self.deleted = True
            self.wake()

        self.channel.queue_delete(self.queue, callback=note)

    def close(self) -> None:
        """Drops the connection and its descriptors, whatever state it is in."""
        if self.connection is None:
            return
        try:
            if self.connection.is_open:
                self.connection.close()
                self.run(lambda: False, 0.2)
            self._loop().close()
        except Exception as error:  # half-made or broken: nothing more can be done with it
            self.end(error)
        self.connection = None

    def wake(self) -> None:
        """Ends the current turn of the event loop, so that `run` looks again."""
        self._loop().stop()

    def end(self, why: object) -> None:
        """Notes the first reason for which the connection is over."""
        self.ended = self.ended or line(why)
        if self.connection is not None:
            self.wake()

    def on_open(self, connection: Any) -> None:
        """The connection is there: asks for the channel."""
        connection.channel(on_open_callback=self.on_channel)

    def on_channel(self, channel: Channel) -> None:
        """The channel is there: asks for confirms, then for the queue (a no-op where it exists)."""
        self.channel = channel
        channel.add_on_close_callback(lambda _channel, why: self.end(why))
        channel.add_on_return_callback(lambda *_: self.end("message returned: no such queue"))
        channel.confirm_delivery(self.on_settled)
        channel.queue_declare(
            self.queue,
            durable=True,
            arguments={"x-queue-type": "quorum", "x-expires": EXPIRES},
            callback=self.on_declared,
        )

    def on_declared(self, _frame: Any) -> None:
        """The queue is there: messages may be sent."""
        self.declared = True
        self.wake()

    def on_settled(self, frame: Any) -> None:
        """A confirm or a refusal. Only one message is under way at a time, so "all up to" is that one."""
        self.settled = {frame.method.delivery_tag: type(frame.method).__name__ == "Ack"}
        self.wake()

    def _loop(self) -> Any:
        assert self.connection is not None
        return self.connection.ioloop


def connect(access: Access, node: Node, queue: str, patience: float) -> BusConnection:
    """Starts connecting to a node over TLS with at most `patience` seconds for each of its parts.

    Follow with `run(lambda: made.declared, …)`.
    """
    import logging

    import pika
    from pika.adapters.select_connection import IOLoop

    # What it logs is in the link's own words already; without any handler it would go to the terminal.
    if not (library := logging.getLogger("pika")).handlers:
        library.addHandler(logging.NullHandler())
    made = BusConnection(queue)
    made.connection = pika.SelectConnection(
        _parameters(access, node, patience),
        on_open_callback=made.on_open,
        on_open_error_callback=lambda _connection, why: made.end(why),
        on_close_callback=lambda _connection, why: made.end(why),
        custom_ioloop=IOLoop(),
    )
    return made


def _parameters(access: Access, node: Node, patience: float) -> ConnectionParameters:
    import pika

    bus = access.door("bus").endpoint
    return pika.ConnectionParameters(
        host=node.address,
        port=bus.port,
        virtual_host=bus.name,
        credentials=pika.PlainCredentials(bus.user, bus.password),
        ssl_options=pika.SSLOptions(trust(access.authority), node.address),
        connection_attempts=1,
        socket_timeout=patience,
        stack_timeout=patience,
        heartbeat=0,
    )
