"""What is read after a run: what the cloud kept of each workload, and the hosts' logs."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

from holdfast.drill.workloads import workloads
from holdfast.faults import Hands
from holdfast.hosts.logs import Logs, read_logs
from holdfast.hosts.transport import Unreachable
from holdfast.model.catalogue import Site
from holdfast.model.op import Op
from holdfast.probes.sessions.access import Access

SHORTEST = 6
"""Characters of a secret that can be told from a word by chance."""


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


async def collect_logs(hands: Hands, since: float, folder: Path) -> Mapping[str, Logs]:
    """What the catalogue's units logged on each host since `since` (seconds of the epoch), by its name.

    All of it is in `folder` afterwards, without the cloud's secrets: `HOST.log` is from the journal, and
    `HOST-NAME` a file of its own. A host that cannot be reached is left out; its file says why.
    """
    folder.mkdir(exist_ok=True)
    told = await asyncio.gather(*(_collect_log(hands, name, since, folder) for name in hands.transports))
    return {name: logs for name, logs in zip(hands.transports, told, strict=True) if logs}


async def _collect_log(hands: Hands, host: str, since: float, folder: Path) -> Logs | None:
    parts = [here.component for here in hands.site.by_host[host]]
    units = (unit for part in parts for unit in part.units)
    files = (path.format(host=host) for part in parts for path in part.diary.files)
    try:
        told = await read_logs(hands.transports[host], units, files, since)
    except Unreachable as error:
        (folder / f"{host}.log").write_text(f"{error}\n")
        return None
    (folder / f"{host}.log").write_text(bare(hands.site, told.journal))
    for path, text in told.files.items():
        (folder / f"{host}-{Path(path).name}").write_text(bare(hands.site, text))
    return told


def bare(site: Site, text: str) -> str:
    """The text without any secret of the cloud: what a service logged of them does not go with the page."""
    for secret in site.secrets.values():
        if len(hidden := secret.reveal().strip()) >= SHORTEST:
            text = text.replace(hidden, "***")
    return text
