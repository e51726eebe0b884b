"""What is read after a run: each node's own rows, the queue, the hosts' logs."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from holdfast.drill.evidence import Rows
from holdfast.drill.workloads.messages import queue_of
from holdfast.faults import Bench
from holdfast.hosts.transport import Unreachable
from holdfast.probes.sessions.access import Access, Node
from holdfast.probes.sessions.bus import BusSession, NotPublished
from holdfast.probes.sessions.database import NotWritten, Unsure, through_address, to_node

PATIENCE = 20.0
PAUSE = 0.5


@dataclass(frozen=True)
class Kept:
    """What the cloud kept of a run; None where it could not be read."""

    rows: Mapping[str, Rows | None]
    messages: tuple[str, ...] | None


async def collect(access: Access, run: str, written: Rows) -> Kept:
    """Reads every node's rows and the queue. A node that has not yet applied all of `written` is read again
    for PATIENCE seconds: it may be behind, not wrong."""
    rows, messages = await asyncio.gather(
        asyncio.gather(*(asyncio.to_thread(_rows, access, n, run, written) for n in access.database_nodes)),
        asyncio.to_thread(_messages, access, run),
    )
    return Kept({n.name: r for n, r in zip(access.database_nodes, rows, strict=True)}, messages)


def _rows(access: Access, node: Node, run: str, written: Rows) -> Rows | None:
    session, rows = to_node(access, node.address), None
    end = time.monotonic() + PATIENCE
    while True:
        try:
            rows = session.rows(run)
        except (NotWritten, Unsure):
            rows = None
        if (rows is not None and rows >= written) or time.monotonic() > end:
            session.close()
            return rows
        time.sleep(PAUSE)


def _messages(access: Access, run: str) -> tuple[str, ...] | None:
    session = BusSession(access, queue_of(run))
    end = time.monotonic() + PATIENCE
    while True:
        try:
            return session.peek()
        except NotPublished:
            if time.monotonic() > end:
                return None
            time.sleep(PAUSE)
        finally:
            session.close()


async def forget(access: Access, run: str) -> None:
    """Deletes a run's rows and queue, once it is judged and nothing is missing; what cannot be is left."""
    await asyncio.gather(
        asyncio.to_thread(_forget_rows, access, run), asyncio.to_thread(_forget_queue, access, run)
    )


def _forget_rows(access: Access, run: str) -> None:
    session = through_address(access)
    try:
        session.forget(run)
    except (NotWritten, Unsure):
        return
    finally:
        session.close()


def _forget_queue(access: Access, run: str) -> None:
    session = BusSession(access, queue_of(run))
    try:
        session.delete()
    except NotPublished:
        return
    finally:
        session.close()


async def save_logs(bench: Bench, since: float, folder: Path) -> None:
    """Each host's log of the catalogue's units since `since` (seconds of the epoch), one file a host."""
    folder.mkdir(exist_ok=True)
    await asyncio.gather(*(_save_log(bench, name, since, folder) for name in bench.transports))


async def _save_log(bench: Bench, host: str, since: float, folder: Path) -> None:
    units = [
        unit
        for component in bench.site.catalogue
        if any(h.name == host for h in bench.site.hosts_of(component))
        for unit in component.logs
    ]
    chosen = [word for unit in units for word in ("-u", unit)]
    command = ("journalctl", "--no-pager", "-o", "short-precise", f"--since=@{since:.0f}", *chosen)
    try:
        text = (await bench.transports[host].run(command, timeout=30)).out
    except Unreachable as error:
        text = f"{error}\n"
    (folder / f"{host}.log").write_text(text)
