"""A step's actions, performed on its host."""

from __future__ import annotations

import asyncio
from dataclasses import asdict, dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from holdfast.hosts.program import Json, Program, converse
from holdfast.hosts.transport import Transport
from holdfast.model.plan import Action, Claim, Forget, Keep, Package, PutFile, Remove, Run, Step, Unit, Unpack

INCOMING = "/var/lib/holdfast/incoming"
# How long a step waits for one that an interrupted run left working on the host, in seconds.
PATIENCE = 60.0


@dataclass(frozen=True)
class ActResult:
    """`done` actions succeeded, in order; `error` says what stopped the next one, "" when none did."""

    done: int
    error: str = ""

    @property
    def ok(self) -> bool:
        """True when every action of the step was done."""
        return not self.error


async def act(transport: Transport, run_id: str, step: Step, *, epoch: int = 0) -> ActResult:
    """Sends what the step unpacks, then performs its actions. Raises Unreachable.

    Refused where the host's lock was not given to `run_id` with `epoch` last; 0 is for a run without a
    lock, on a host that never gave one.
    """
    archives: dict[str, str] = {}
    for action in step.actions:
        if isinstance(action, Unpack):
            try:
                archives[action.archive] = await deliver(transport, action)
            except OSError as error:
                return ActResult(0, f"unpack {action.path}: {error}")
    request = {
        "run_id": run_id,
        "epoch": epoch,
        "step_id": step.id,
        "component": step.component,
        "patience": PATIENCE,
        "actions": [_sent(action, archives) for action in step.actions],
    }
    timeout = PATIENCE + sum(_time_for(action) for action in step.actions)
    reply = await converse(transport, Program.DEEDS, request, timeout=timeout)
    return ActResult(reply.get("done", 0), reply.get("error", ""))


async def deliver(transport: Transport, action: Unpack) -> str:
    """Puts the archive on the host unless it, or what it holds, is there; its path on the host.

    Raises Unreachable, or OSError where either file cannot be read or written.
    """
    found = await asyncio.to_thread(Path(action.archive).stat)
    digest = await asyncio.to_thread(_digest, action.archive, found.st_mtime_ns)
    path = f"{INCOMING}/{digest}.tar.zst"
    there = await transport.run(("test", "-e", path, "-o", "-e", action.path))
    if there.code != 0:
        data = await asyncio.to_thread(Path(action.archive).read_bytes)
        await transport.put(path, data, mode=0o600)
    return path


@lru_cache(maxsize=8)
def _digest(archive: str, changed: int) -> str:
    """`changed` is the file's time of change: with it, an archive that was made anew is read anew."""
    with Path(archive).open("rb") as file:
        digest = sha256()
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


def _sent(action: Action, archives: dict[str, str]) -> Json:
    fields = asdict(action)
    if isinstance(action, Unpack):
        fields["archive"] = archives[action.archive]
    return {**fields, "kind": type(action).__name__, "subject": action.subject}


def _time_for(action: Action) -> float:
    """The longest an action may take on the host, in seconds."""
    match action:
        case Run(timeout=timeout) | Unit(timeout=timeout):
            return timeout + 120
        case Package():
            return 1900
        case Unpack() | Remove():
            return 1900
        case PutFile() | Forget() | Keep() | Claim():
            return 10
