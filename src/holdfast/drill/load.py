"""The clients at work: a process of its own for each workload, so that none slows another.

A child gets one line of JSON with secrets on its standard input and works until that input ends: when
its parent stops it, or dies. It also stops by itself after `limit` seconds.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Lock, Thread, Timer

from holdfast.drill.history import PENDING, Tail, Writer
from holdfast.drill.workloads import Actor, Clock, Crew, Workload, all_workloads, workloads
from holdfast.model.op import Op, Outcome
from holdfast.probes.sessions.access import Access, pack, unpack

PATIENCE = 2.0


@dataclass(frozen=True)
class Job:
    """What a child is told: `origin` is the run's start on the machine's monotonic clock."""

    workload: str
    run: str
    origin: float
    path: str
    limit: float
    most: int


class Shift:
    """One actor at work: an operation every `period` seconds, none while the last one is under way."""

    def __init__(self, crew: Crew, actor: Actor, name: str, clock: Clock, writer: Writer) -> None:
        self._crew, self._actor, self._name = crew, actor, name
        self._clock, self._writer = clock, writer
        self._began: float | None = None
        self._n = 0
        self._lock = Lock()
        self.thread = Thread(target=self._safely, name=name, daemon=True)
        self.over = Event()

    def begin(self, delay: float, most: int) -> None:
        """Starts after `delay` seconds, for `most` operations at most."""
        self._delay, self._most = delay, most
        self.thread.start()

    def end(self, deadline: float) -> None:
        """Waits until `deadline` (by the clock); an operation still under way then is written as unknown."""
        self.over.set()
        self.thread.join(max(0.0, deadline - self._clock()))
        with self._lock:
            if self._began is None:
                return
            kind, now, why = self._crew.kind, self._clock(), f"{self._n} {PENDING}"
            self._writer.write(Op(self._began, now, self._name, kind, Outcome.UNKNOWN, why))
            self._began = None

    def _safely(self) -> None:
        if self.over.wait(self._delay):
            return
        due = self._clock()
        for n in range(self._most):
            with self._lock:
                self._began, self._n = self._clock(), n
            op = self._step(n)
            with self._lock:
                if self._began is None:
                    return
                self._began = None
                self._writer.write(op)
            due = max(due + self._crew.period, self._clock())
            if self.over.wait(due - self._clock()):
                break
        self._actor.close()

    def _step(self, n: int) -> Op:
        start = self._clock()
        try:
            return self._actor.step(n)
        except Exception as error:  # a client's own bug must show in the history, not end it
            why = f"{n} the client crashed: {type(error).__name__}: {error}"
            return Op(start, self._clock(), self._name, self._crew.kind, Outcome.UNKNOWN, why)


def work(job: Job, access: Access, workload: Workload, over: Event) -> None:
    """Runs a workload's actors until `over` or the job's limit. Raises what its preparation raises."""

    def clock() -> float:
        return time.monotonic() - job.origin

    crews = workload.crews(access)
    access = workload.prepare(access, job.run)
    writer = Writer(Path(job.path))
    shifts = []
    for crew in crews:
        for actor in range(crew.actors):
            client = crew.open(access, job.run, actor, clock)
            shift = Shift(crew, client, f"{crew.kind}-{actor}", clock, writer)
            shift.begin(delay=crew.period * actor / crew.actors, most=job.most)
            shifts.append(shift)
    over.wait(max(0.0, job.limit - clock()))
    for shift in shifts:
        shift.over.set()
    deadline = clock() + max(crew.deadline for crew in crews) + PATIENCE
    for shift in shifts:
        shift.end(deadline)
    writer.close()


class Load:
    """The children of one run, from `start` to `stop`; `tail` reads what they write meanwhile."""

    def __init__(self, access: Access, run: str, folder: Path, *, limit: float = 900.0) -> None:
        self._access, self._run, self._limit = access, run, limit
        self.paths = {name: folder / f"load-{name}.jsonl" for name in workloads(access)}
        self._logs = {name: folder / f"load-{name}.log" for name in self.paths}
        self._children: dict[str, asyncio.subprocess.Process] = {}
        self.origin = 0.0

    def clock(self) -> float:
        """Seconds since the run's start, as in the operations."""
        return time.monotonic() - self.origin

    async def start(self) -> Tail:
        """Starts all children; the clock begins at 0."""
        self.origin = time.monotonic()
        for name, path in self.paths.items():
            job = Job(name, self._run, self.origin, str(path), self._limit, most=200_000)
            with self._logs[name].open("wb") as log:
                child = await asyncio.create_subprocess_exec(
                    *(sys.executable, "-m", "holdfast.drill.load"),
                    stdin=asyncio.subprocess.PIPE,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
            assert child.stdin is not None
            child.stdin.write(f"{json.dumps(vars(job))}\n{pack(self._access)}\n".encode())
            await child.stdin.drain()
            self._children[name] = child
        return Tail(self.paths.values())

    def failed(self) -> dict[str, str]:
        """The children that ended by themselves, each with its last words."""
        return {
            name: (self._logs[name].read_text().strip().splitlines() or ["no word"])[-1]
            for name, child in self._children.items()
            if child.returncode is not None
        }

    async def stop(self, patience: float = 20.0) -> None:
        """Ends all children and waits for them: their operations end first; idempotent."""
        children, self._children = self._children, {}
        for child in children.values():
            if child.stdin is not None:
                child.stdin.close()
        for child in children.values():
            try:
                await asyncio.wait_for(child.wait(), patience)
            except TimeoutError:
                child.kill()
                await child.wait()


def main() -> None:
    """A child's life."""
    job = Job(**json.loads(sys.stdin.readline()))
    access = unpack(sys.stdin.readline())
    over = Event()

    def listen() -> None:
        sys.stdin.read()
        over.set()

    Thread(target=listen, daemon=True).start()
    guard = Timer(job.limit + 60, os._exit, (3,))
    guard.daemon = True
    guard.start()
    work(job, access, all_workloads()[job.workload], over)


if __name__ == "__main__":
    main()
