"""A node of the bus tells each way of being ill, a queue without its majority above all."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any
from urllib.parse import urlsplit

import pytest

from holdfast.components.questions.bus import in_cluster

HOSTS = ["alpha", "bravo", "charlie"]
NODES = [f"rabbit@{host}" for host in HOSTS]
Row = dict[str, Any]
Ask = Callable[..., Row]


def row(name: str, online: list[str], **more: Any) -> Row:
    return {"name": name, "vhost": "nova", "type": "quorum", "members": NODES, "online": online, **more}


@dataclass
class Broker:
    """What the management interface of a node says: `listed` by its store, `led` by the queues' leaders.

    `led` may hold several answers, one for each time it is asked; the last one stays. A path that begins
    with one of `silent` is never answered.
    """

    nodes: list[Row] = field(default_factory=lambda: [{"name": node, "running": True} for node in NODES])
    listed: list[Row] = field(default_factory=lambda: [row("work", NODES), row("reply", NODES)])
    led: list[list[Row]] = field(default_factory=lambda: [[row("work", NODES), row("reply", NODES)]])
    silent: tuple[str, ...] = ()

    def answer(self, path: str, query: str) -> list[Row]:
        if path == "/api/nodes":
            return self.nodes
        if path == "/api/health/checks/local-alarms":
            return []
        if "enable_queue_totals=true" not in query:
            return self.listed
        return self.led.pop(0) if len(self.led) > 1 else self.led[0]


@pytest.fixture
def asked(tmp_path: Path) -> Iterator[Ask]:
    password = tmp_path / "password"
    password.write_text("secret\n")
    servers = []
    over = Event()

    def ask(broker: Broker, patience: float = 2.0) -> Row:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                url = urlsplit(self.path)
                if broker.silent and url.path.startswith(broker.silent):
                    over.wait()
                    return
                self.send_response(200)
                self.end_headers()
                self.wfile.write(json.dumps(broker.answer(url.path, url.query)).encode())

            def log_message(self, *_: object) -> None:
                return

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        Thread(target=server.serve_forever, daemon=True).start()
        return in_cluster(server.server_port, "monitor", str(password), HOSTS, patience)

    yield ask
    over.set()
    for server in servers:
        server.shutdown()
        server.server_close()


def test_a_healthy_bus(asked: Ask) -> None:
    answer = asked(Broker())
    assert answer["ok"] is True
    assert answer["text"] == "3 nodes, no alarm, 2 queues with a majority"
    assert answer["members"] == HOSTS


@pytest.mark.parametrize(
    ("led", "said"),
    [
        # Nobody leads it: the list of the leaders does not have it at all.
        ([row("work", NODES)], "queue nova/reply has no majority online"),
        # Its nodes run, and all but one of its members do not.
        ([row("work", NODES), row("reply", NODES[:1])], "queue nova/reply has no majority online"),
        ([row("work", NODES), row("reply", NODES[:2])], ""),
    ],
)
def test_a_queue_without_its_majority_is_seen(asked: Ask, led: list[Row], said: str) -> None:
    answer = asked(Broker(led=[led]))
    assert answer["ok"] is not bool(said)
    assert said in answer["text"]


def test_many_stuck_queues_are_told_in_short(asked: Ask) -> None:
    listed = [row(f"q{n}", NODES) for n in range(9)]
    text = asked(Broker(listed=listed, led=[[]]))["text"]
    assert text.count("has no majority online") == 5
    assert text.endswith("9 queues are so")


def test_a_queue_that_was_made_between_two_lists_is_no_fault(asked: Ask) -> None:
    whole = [row("work", NODES), row("reply", NODES)]
    assert asked(Broker(led=[whole[:1], whole]))["ok"] is True


@pytest.mark.parametrize(
    ("nodes", "said"),
    [
        ([{"name": n, "running": n != NODES[2]} for n in NODES], "not running: charlie"),
        ([{"name": n, "running": True, "disk_free_alarm": n == NODES[0]} for n in NODES], "disk_free_alarm"),
        ([{"name": n, "running": True, "partitions": [NODES[1]]} for n in NODES], "partitions"),
    ],
)
def test_a_lost_node_an_alarm_and_a_split_are_seen(asked: Ask, nodes: list[Row], said: str) -> None:
    answer = asked(Broker(nodes=nodes))
    assert answer["ok"] is False
    assert said in answer["text"]


def test_queues_that_are_not_replicated_are_not_judged(asked: Ask) -> None:
    classic = {"name": "amq.gen-1", "vhost": "nova", "type": "classic"}
    assert asked(Broker(listed=[classic], led=[[]]))["ok"] is True


@pytest.mark.parametrize("silent", ["/api/nodes", "/api/queues"])
def test_a_node_that_waits_for_a_silent_one_is_not_unknown(asked: Ask, silent: str) -> None:
    answer = asked(Broker(silent=(silent,)))
    assert answer["ok"] is False
    assert "waits for another node" in answer["text"]


def test_a_node_that_is_silent_itself_is(asked: Ask) -> None:
    with pytest.raises(TimeoutError):
        asked(Broker(silent=("/api/",)), patience=0.2)
