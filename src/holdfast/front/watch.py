"""`status --watch`: the same look again and again, in place."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime

from holdfast.front.matrix import print_status
from holdfast.front.overview import Choice, overview
from holdfast.front.paper import paper
from holdfast.front.project import Project
from holdfast.front.service import look_at
from holdfast.hosts.transport import Transport

EVERY = 2.0
CLEAR = "\x1b[H\x1b[2J"


async def watch_status(project: Project, transports: Mapping[str, Transport], choice: Choice) -> None:
    """Shows the state every two seconds until interrupted; what passes is only counted."""
    while True:
        look = await look_at(project, transports)
        print(CLEAR if paper().width else "", end="")
        print(f"{project.cloud.name}  {datetime.now():%H:%M:%S}  (Ctrl-C ends)")
        findings = tuple(filter(choice.has, look.findings))
        print_status(overview(project.site, look, choice), findings, passed=False)
        await asyncio.sleep(EVERY)
