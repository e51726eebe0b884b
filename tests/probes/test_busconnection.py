"""Reading a queue back asks for more than a broker gives to a consumer that names no limit."""

from types import SimpleNamespace
from typing import Any

from holdfast.probes.sessions.busconnection import PREFETCH, BusConnection

BROKERS_OWN_LIMIT = 2000


def test_a_reader_names_its_prefetch_before_it_consumes() -> None:
    told: list[tuple[str, Any]] = []
    link = BusConnection.__new__(BusConnection)
    link.queue, link.received = "q", []
    link.channel = SimpleNamespace(  # type: ignore[assignment]
        basic_qos=lambda prefetch_count: told.append(("qos", prefetch_count)),
        basic_consume=lambda queue, _keep: told.append(("consume", queue)),
    )
    link.consume()
    assert told == [("qos", PREFETCH), ("consume", "q")]
    assert PREFETCH > BROKERS_OWN_LIMIT
