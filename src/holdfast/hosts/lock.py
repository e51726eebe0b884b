"""The lock that keeps two runs from working on the same hosts: a lease on every host, renewed while held."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from holdfast.hosts.program import Json, Program, converse
from holdfast.hosts.transport import Transport, Unreachable
from holdfast.model.errors import CannotReach

RENEW_EVERY = 5.0
RELEASE_WITHIN = 5.0


class LockHeld(CannotReach):
    """Somebody else holds the lock: where, who, since when (seconds since the epoch) and why."""

    def __init__(self, host: str, holder: str, since: float, why: str) -> None:
        when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(since))
        super().__init__(
            f"{host} is being changed by {holder} since {when} ({why}); wait until that has ended; "
            "the lock of a holder that died is free a few seconds later"
        )
        self.host, self.holder, self.since, self.why = host, holder, since, why


class LockLost(CannotReach):
    """Another run took the lock while this one could not renew it; nothing more may be changed."""


@dataclass(frozen=True)
class TakenOver:
    """A lock whose holder died; `unfinished` are the steps of its run that never ended on that host."""

    host: str
    holder: str
    run_id: str
    why: str
    unfinished: tuple[str, ...]


@dataclass(frozen=True)
class Held:
    """The lock, its epoch on every host, and from whom it was taken over, if from anybody.

    `left_out` says of each host that does not have it why it could not be reached: nothing may be changed
    there. What another run does there meanwhile ends with the next epoch.
    """

    run_id: str
    epoch: int
    taken_over: tuple[TakenOver, ...]
    left_out: Mapping[str, Unreachable]


@dataclass(frozen=True)
class _Grant:
    """What one host gave: an epoch, and from whom it was taken."""

    epoch: int
    taken: TakenOver | None


@contextlib.asynccontextmanager
async def held(
    transports: Mapping[str, Transport],
    holder: str,
    why: str,
    run_id: str,
    *,
    leave_out: bool = False,
    lease: float = 15.0,
    renew_every: float = RENEW_EVERY,
) -> AsyncIterator[Held]:
    """Holds the lock on all hosts while the block runs; `lease` and `renew_every` in seconds.

    With `leave_out` hosts that cannot be reached are left out and told, as long as there is one that can.
    Raises LockHeld, Unreachable, and LockLost out of the block (which is cancelled) when a host says that
    another run has the lock. A host that cannot be reached meanwhile loses nothing: its record stays.
    """
    request: Json = {"holder": holder, "why": why, "run_id": run_id, "lease_seconds": lease, **_identity()}
    asked = dict(transports)
    try:
        grants, left_out = await _acquire_all(transports, request, leave_out)
        asked = {name: transports[name] for name in grants}
        epoch = await _level(asked, request, grants)
        async with _renewed(asked, {**request, "epoch": epoch}, renew_every):
            taken_over = tuple(grant.taken for grant in grants.values() if grant.taken)
            yield Held(run_id, epoch, taken_over, left_out)
    finally:
        await _release_all(asked, request)


@contextlib.asynccontextmanager
async def _renewed(transports: Mapping[str, Transport], request: Json, every: float) -> AsyncIterator[None]:
    """Renews beside the block, and cancels the block when a renewal finds the lock lost."""
    owner = asyncio.current_task()
    assert owner is not None
    lost: list[LockLost] = []

    def lose(loss: LockLost) -> None:
        if not lost:
            owner.cancel()
        lost.append(loss)

    # Each host by itself: one that hangs must not cost the others their leases.
    renewing = [asyncio.create_task(_renew(t, request, every, lose)) for t in transports.values()]
    try:
        yield
    except asyncio.CancelledError:
        if not lost:
            raise
        owner.uncancel()
        raise lost[0] from None
    finally:
        for task in renewing:
            task.cancel()


async def _acquire_all(
    transports: Mapping[str, Transport], request: Json, leave_out: bool
) -> tuple[dict[str, _Grant], dict[str, Unreachable]]:
    """What each host gave, and who could not be reached.

    The first host by name that answers decides between two that ask at the same time; then the others, all
    at once.
    """
    names = sorted(transports)
    grants: dict[str, _Grant] = {}
    left_out: dict[str, Unreachable] = {}
    while names:
        group = names if grants else names[:1]
        names = names[len(group) :]
        asked = (_acquire(transports[name], request) for name in group)
        for name, reply in zip(group, await asyncio.gather(*asked, return_exceptions=True), strict=True):
            match reply:
                case _Grant():
                    grants[name] = reply
                case Unreachable() if leave_out and (grants or names):
                    left_out[name] = reply
                case _:
                    raise reply
    return grants, left_out


async def _level(transports: Mapping[str, Transport], request: Json, grants: Mapping[str, _Grant]) -> int:
    """Raises every host's epoch to the highest among them, which is above all that any has seen."""
    epoch = max((grant.epoch for grant in grants.values()), default=0)
    below = [transports[name] for name, grant in grants.items() if grant.epoch < epoch]
    wish = {"verb": "renew", **request, "epoch": epoch}
    for reply in await asyncio.gather(*(_lease(t, wish) for t in below), return_exceptions=True):
        if isinstance(reply, BaseException):
            raise reply
    return epoch


async def _acquire(transport: Transport, request: Json) -> _Grant:
    wish = {"verb": "acquire", **request}
    reply = await _lease(transport, wish)
    if not reply["granted"] and _died(reply["other"], request):
        reply = await _lease(transport, {**wish, "force": reply["other"]["run_id"]})
    other: Json = reply["other"] or {}
    if not reply["granted"]:
        raise LockHeld(transport.host, other["holder"], time.time() - other["age"], other["why"])
    if not other:
        return _Grant(reply["epoch"], None)
    unfinished = tuple(entry["step"] for entry in reply["unfinished"])
    taken = TakenOver(transport.host, other["holder"], other["run_id"], other["why"], unfinished)
    return _Grant(reply["epoch"], taken)


async def _lease(transport: Transport, request: Json) -> Json:
    reply = await converse(transport, Program.LEASE, request, timeout=20)
    if "error" in reply:
        cure = "see that its disk is not full, then try again"
        raise Unreachable(transport.host, f"its lock cannot be kept: {reply['error']}", cure)
    return reply


async def _renew(transport: Transport, request: Json, every: float, lose: Callable[[LockLost], None]) -> None:
    while True:
        await asyncio.sleep(every)
        with contextlib.suppress(Unreachable):
            reply = await _lease(transport, {"verb": "renew", **request})
            if not reply["granted"]:
                taker = reply["other"]["holder"]
                lose(LockLost(f"{transport.host}: the lock was taken by {taker}; look at what that run does"))
                return


async def _release_all(transports: Mapping[str, Transport], request: Json) -> None:
    """Leaves nothing of this run behind where a host can be told; elsewhere the lease ends by itself."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(RELEASE_WITHIN):
            await asyncio.gather(
                *(_lease(t, {"verb": "release", **request}) for t in transports.values()),
                return_exceptions=True,
            )


def _identity() -> Json:
    """This machine's present start and process namespace: only there does the process id mean anything."""
    parts = [
        Path("/etc/machine-id").read_text() if Path("/etc/machine-id").exists() else "",
        Path("/proc/sys/kernel/random/boot_id").read_text(),
        str(Path("/proc/self/ns/pid").readlink()),
    ]
    return {"machine": hashlib.sha256("".join(parts).encode()).hexdigest(), "pid": os.getpid()}


def _died(other: Json, request: Json) -> bool:
    """Whether the holder was a process of this very machine that is no more."""
    if other["machine"] != request["machine"]:
        return False
    return not Path(f"/proc/{other['pid']}").exists()
