"""What is read after a run: what the cloud kept of each workload, and the hosts' logs."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

from holdfast.drill.workloads import workloads
from holdfast.faults import Hands
from holdfast.hosts.transport import Unreachable
from holdfast.model.op import Op
from holdfast.probes.sessions.access import Access


async def collect(access: Access, run: str, ops: tuple[Op, ...]) -> Mapping[str, object]:
    """What the cloud kept of each workload, by its name, read side by side in threads."""
    ledgers = {name: each.ledger for name, each in workloads(access).items() if each.ledger}
    found = await asyncio.gather(
        *(asyncio.to_thread(ledger.keep, access, run, ops) for ledger in ledgers.values())
    )
    return dict(zip(ledgers, found, strict=True))


async def forget(access: Access, run: str) -> None:
    """Deletes a run's traces, once it is judged and nothing is missing; what cannot be is left."""
    ledgers = [each.ledger for each in workloads(access).values() if each.ledger]
    await asyncio.gather(*(asyncio.to_thread(ledger.forget, access, run) for ledger in ledgers))


async def save_logs(hands: Hands, since: float, folder: Path) -> None:
    """Each host's log of the catalogue's units since `since` (seconds of the epoch), one file a host."""
    folder.mkdir(exist_ok=True)
    await asyncio.gather(*(_save_log(hands, name, since, folder) for name in hands.transports))


async def _save_log(hands: Hands, host: str, since: float, folder: Path) -> None:
    units = [unit for here in hands.site.by_host[host] for unit in here.component.units]
    chosen = [word for unit in units for word in ("-u", unit)]
    command = ("journalctl", "--no-pager", "-o", "short-precise", f"--since=@{since:.0f}", *chosen)
    try:
        text = (await hands.transports[host].run(command, timeout=30)).out
    except Unreachable as error:
        text = f"{error}\n"
    (folder / f"{host}.log").write_text(text)
