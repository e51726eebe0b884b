"""What a host logged, and what machine it is, in one round trip."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from holdfast.hosts.agent.hardware import hardware
from holdfast.hosts.agent.logs import STAMP, stamp
from holdfast.hosts.program import Program, converse
from holdfast.hosts.transport import Transport, Unreachable
from holdfast.model.hardware import Hardware

__all__ = ["STAMP", "Logs", "read_logs", "stamp", "this_machine"]


@dataclass(frozen=True)
class Logs:
    """`journal` is of the units, `files` by path; each line begins with its time in ISO 8601."""

    journal: str
    files: Mapping[str, str]
    hardware: Hardware


async def read_logs(transport: Transport, units: Iterable[str], files: Iterable[str], since: float) -> Logs:
    """All since `since` (seconds of the host's epoch), a bounded part of it. Raises Unreachable."""
    request = {"units": list(units), "files": list(files), "since": since}
    reply = await converse(transport, Program.LOGS, request)
    if "error" in reply:
        cure = "this is a defect of Holdfast or of the host's Python: report it"
        raise Unreachable(transport.host, f"its logs could not be read: {reply['error']}", cure)
    return Logs(reply["journal"], reply["files"], Hardware(**reply["hardware"]))


def this_machine() -> Hardware:
    """What the machine is that Holdfast runs on."""
    return Hardware(**hardware())
