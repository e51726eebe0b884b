"""`status --watch`: the same look again and again, in place."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime

from holdfast.front.project import Project
from holdfast.front.render import print_findings, tally
from holdfast.front.service import look_at
from holdfast.hosts.transport import Transport

EVERY = 2.0


async def watch_status(project: Project, transports: Mapping[str, Transport]) -> None:
    """Shows the state every two seconds until interrupted; what passes is only counted."""
    from rich.console import Console

    console = Console()
    while True:
        findings = (await look_at(project, transports)).findings
        console.clear()
        print(f"{project.cloud.name}  {datetime.now():%H:%M:%S}  {tally(findings)}  (Ctrl-C ends)")
        print_findings(findings)
        await asyncio.sleep(EVERY)
