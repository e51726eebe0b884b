"""The load: rates, deadlines, hangs, crashes, and an end that comes whatever happens."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Event, Thread

import pytest
from three_hosts import make_site
from waiting import wait_until

from holdfast.drill.history import (
    PENDING,
    Tail,
    Writer,
    number,
    read_history,
    read_op,
    write_history,
    write_op,
)
from holdfast.drill.load import Job, Load, work
from holdfast.drill.workloads import Actor, Clock, Crew, Workload, deadlines, workloads
from holdfast.model.op import Op, Outcome
from holdfast.probes.sessions.access import Access, Door, access_to, pack

ACCESS = access_to(make_site())
CREWS = tuple(crew for each in workloads(ACCESS).values() for crew in each.crews(ACCESS))
PERIOD = 0.02


@dataclass
class Scripted:
    """A client that does what its script says for each n, and can be watched."""

    script: dict[int, str]
    clock: Clock = time.monotonic
    steps: int = 0
    hangs: Event = field(default_factory=Event)
    released: Event = field(default_factory=Event)
    closed: Event = field(default_factory=Event)

    def open(self, _access: Access, _run: str, _actor: int, clock: Clock) -> Actor:
        self.clock = clock
        return self

    def step(self, n: int) -> Op:
        start = self.clock()
        self.steps += 1
        match self.script.get(n, ""):
            case "hang":
                self.hangs.set()
                self.released.wait(60)
            case "crash":
                raise ZeroDivisionError("planted")
        return Op(start, self.clock(), "s-0", "scripted", Outcome.OK, str(n))

    def close(self) -> None:
        self.closed.set()


def nowhere() -> Access:
    """Every door leads to a closed port of this machine."""

    def closed(door: Door) -> Door:
        nodes = tuple(replace(node, address="127.0.0.1") for node in door.nodes)
        return Door(replace(door.endpoint, addresses=("127.0.0.1",), port=1), nodes)

    doors = {kind: closed(door) for kind, door in ACCESS.doors.items()}
    return replace(ACCESS, address="127.0.0.1", doors=doors)


def run_until(
    client: Scripted, reached: Callable[[], bool], tmp_path: Path, *, most: int = 1000
) -> tuple[Op, ...]:
    """The history of a client that worked until it had come so far."""
    over, path = Event(), tmp_path / "ops.jsonl"
    crew = Crew("scripted", 1, PERIOD, 0.1, client.open)
    workload = Workload(frozenset(), lambda _access: (crew,))
    job = Job("", "run", time.monotonic(), str(path), 600.0, most)
    thread = Thread(target=work, args=(job, ACCESS, workload, over))
    thread.start()
    wait_until(reached)
    over.set()
    thread.join(60)
    client.released.set()
    assert not thread.is_alive()
    return read_history(path)


def test_the_rate_is_bounded(tmp_path: Path) -> None:
    client = Scripted({})
    ops = run_until(client, lambda: client.steps >= 12, tmp_path)
    assert [number(op) for op in ops] == list(range(len(ops)))
    assert [op for op in ops if op.start < PERIOD * number(op)] == []


def test_the_count_is_bounded(tmp_path: Path) -> None:
    client = Scripted({})
    assert len(run_until(client, client.closed.is_set, tmp_path, most=5)) == 5


def test_an_operation_that_hangs_is_in_the_history_as_pending(tmp_path: Path) -> None:
    client = Scripted({3: "hang"})
    ops = run_until(client, client.hangs.is_set, tmp_path)
    assert ops[-1].outcome is Outcome.UNKNOWN
    assert number(ops[-1]) == 3 and PENDING in ops[-1].value
    assert ops[-1].end - ops[-1].start > 1.0


def test_a_client_that_crashes_is_in_the_history_and_goes_on(tmp_path: Path) -> None:
    client = Scripted({2: "crash"})
    ops = run_until(client, lambda: client.steps >= 5, tmp_path)
    assert "planted" in ops[2].value and ops[2].outcome is Outcome.UNKNOWN
    assert ops[3].outcome is Outcome.OK


def test_every_kind_states_its_deadline_and_every_workload_its_rate() -> None:
    assert set(deadlines(ACCESS)) == {
        "address",
        "identity.issue",
        "identity.validate",
        "database.write",
        "messaging.publish",
    }
    assert all(crew.period > 0 and crew.actors > 0 for crew in CREWS)
    assert 0.1 <= deadlines(ACCESS)["address"] <= 0.2


def test_clients_of_a_cloud_that_is_not_there_fail_and_end_within_their_deadlines() -> None:
    """Every real client against closed ports: refused at once, never a crash."""

    access = nowhere()
    for workload in CREWS:
        actor = workload.open(access, "run", 0, time.monotonic)
        for n in range(2):
            op = actor.step(n)
            assert op.outcome is Outcome.FAIL, op
            assert op.kind == workload.kind
            assert op.end - op.start <= workload.deadline
        actor.close()


def job_line(tmp_path: Path, limit: float) -> str:
    job = Job("address", "run", time.monotonic(), str(tmp_path / "ops.jsonl"), limit, 100000)
    access = replace(ACCESS, address="127.0.0.1")
    return f"{json.dumps(vars(job))}\n{pack(access)}\n"


def test_a_child_ends_when_its_parent_dies(tmp_path: Path) -> None:
    child = subprocess.Popen((sys.executable, "-m", "holdfast.drill.load"), stdin=subprocess.PIPE, text=True)
    assert child.stdin is not None
    child.stdin.write(job_line(tmp_path, 60))
    child.stdin.flush()
    wait_until(Tail([tmp_path / "ops.jsonl"]).read)
    assert child.poll() is None
    child.stdin.close()
    assert child.wait(60) == 0


def test_a_child_ends_at_its_limit(tmp_path: Path) -> None:
    child = subprocess.Popen((sys.executable, "-m", "holdfast.drill.load"), stdin=subprocess.PIPE, text=True)
    assert child.stdin is not None
    child.stdin.write(job_line(tmp_path, 1.5))
    child.stdin.flush()
    assert child.wait(60) == 0


async def test_the_children_work_and_stop_together(tmp_path: Path) -> None:
    """No cloud is there: what needs a preparation ends with its reason, the others fail and go on."""
    access = nowhere()
    load = Load(access, "run", tmp_path)
    tail = await load.start()
    await asyncio.to_thread(wait_until, tail.read)
    await asyncio.to_thread(wait_until, lambda: "ledger" in load.failed())
    assert "NotWritten" in load.failed()["ledger"]
    await load.stop()
    await load.stop()
    assert load.failed() == {}
    assert "s3cret" not in "".join(p.read_text() for p in tmp_path.iterdir())


class TestHistory:
    """One line an operation, and nothing but whole lines."""

    op = Op(1.25, 1.5, "clerk-0", "database.write", Outcome.UNKNOWN, '7 Lost "connection"\nté')

    def test_round_trip(self, tmp_path: Path) -> None:
        assert read_op(write_op(self.op)) == self.op
        assert "\n" not in write_op(self.op)
        write_history(tmp_path / "h", [self.op])
        assert read_history(tmp_path / "h") == (self.op,)
        assert number(self.op) == 7

    def test_a_torn_last_line_is_left_out(self, tmp_path: Path) -> None:
        (tmp_path / "h").write_text(write_op(self.op) + "\n" + write_op(self.op)[:9])
        assert read_history(tmp_path / "h") == (self.op,)

    def test_a_tail_gives_what_was_added(self, tmp_path: Path) -> None:
        tail, path = Tail([tmp_path / "h"]), tmp_path / "h"
        assert tail.read() == ()
        path.write_text(write_op(self.op) + "\n" + write_op(self.op)[:9])
        assert tail.read() == (self.op,)
        with path.open("a") as file:
            file.write(write_op(self.op)[9:] + "\n")
        assert tail.read() == (self.op,)
        assert tail.read() == ()

    def test_the_writer_writes_soon_and_all(self, tmp_path: Path) -> None:
        writer = Writer(tmp_path / "h")
        writer.write(self.op)
        wait_until(lambda: len(read_history(tmp_path / "h")) == 1)
        for _ in range(500):
            writer.write(self.op)
        writer.close()
        assert len(read_history(tmp_path / "h")) == 501


@pytest.fixture(autouse=True)
def _source_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    root = Path(__file__).parent.parent.parent / "src"
    monkeypatch.setenv("PYTHONPATH", f"{root}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
