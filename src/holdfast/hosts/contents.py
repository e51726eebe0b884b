"""The text of files on a host: for showing what a plan would change."""

from __future__ import annotations

from holdfast.hosts.observe import facts
from holdfast.hosts.transport import Transport


async def contents(transport: Transport, paths: tuple[str, ...]) -> dict[str, str]:
    """Each file's text by its path; those that cannot be read are left out. Raises Unreachable."""
    if not paths:
        return {}
    return dict((await facts(transport, {"contents": paths}))["contents"])
