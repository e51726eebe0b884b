"""The history of a run: one JSON line an operation, the only thing between a run and its judgement."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Event, Thread

from holdfast.model.op import Op, Outcome

INTERVAL = 0.1
PENDING = "still pending at the end"


def write_op(op: Op) -> str:
    """One line, without its end; times to the tenth of a millisecond."""
    return json.dumps(
        [round(op.start, 4), round(op.end, 4), op.actor, op.kind, op.outcome.value, op.value],
        ensure_ascii=False,
    )


def read_op(line: str) -> Op:
    """The reverse of `write_op`; ValueError on anything else."""
    start, end, actor, kind, outcome, value = json.loads(line)
    return Op(float(start), float(end), str(actor), str(kind), Outcome(outcome), str(value))


def number(op: Op) -> int:
    """The number that a numbered operation carries as the first word of its value; ValueError where none."""
    return int(op.value.split(" ", 1)[0])


def write_history(path: Path, ops: Iterable[Op]) -> None:
    """All operations to a file, in the order of their ends."""
    lines = (write_op(op) + "\n" for op in sorted(ops, key=lambda op: op.end))
    path.write_text("".join(lines))


def read_history(path: Path) -> tuple[Op, ...]:
    """All operations of a file; a last line that a crash cut short is left out. OSError as usual."""
    text = path.read_text()
    return tuple(read_op(line) for line in text[: text.rfind("\n") + 1].splitlines())


class Writer:
    """Writes operations to a file from a thread of its own, so that no actor ever waits for the disk."""

    def __init__(self, path: Path) -> None:
        self._queue: SimpleQueue[Op] = SimpleQueue()
        self._over = Event()
        self._file = path.open("a")
        self._thread = Thread(target=self._work, name="history", daemon=True)
        self._thread.start()

    def write(self, op: Op) -> None:
        """Takes an operation; it is in the file INTERVAL seconds later at the latest."""
        self._queue.put(op)

    def close(self) -> None:
        """Writes what is left and closes the file."""
        self._over.set()
        self._thread.join()
        self._file.close()

    def _work(self) -> None:
        while not self._over.wait(INTERVAL):
            self._flush()
        self._flush()

    def _flush(self) -> None:
        lines = []
        try:
            while True:
                lines.append(write_op(self._queue.get_nowait()) + "\n")
        except Empty:
            self._file.write("".join(lines))
            self._file.flush()


class Tail:
    """Reads files that are still being written: each call gives what was added since the last one."""

    def __init__(self, paths: Iterable[Path]) -> None:
        self._offsets = dict.fromkeys(paths, 0)

    def read(self) -> tuple[Op, ...]:
        """New whole lines of all files; a file that does not exist yet has none."""
        ops: list[Op] = []
        for path, offset in self._offsets.items():
            if not path.exists():
                continue
            with path.open("rb") as file:
                file.seek(offset)
                added = file.read()
            whole = added[: added.rfind(b"\n") + 1]
            self._offsets[path] = offset + len(whole)
            ops.extend(read_op(line) for line in whole.decode().splitlines())
        return tuple(ops)
