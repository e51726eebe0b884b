"""What faults do on hosts: commands, starts of units, and the power switch."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from holdfast.faults import FaultError, Hands, PowerSwitch, Target
from holdfast.hosts.transport import Result


async def on_each(
    hands: Hands, target: Target, deed: Callable[[Hands, Target, str], Awaitable[None]]
) -> None:
    """Does a deed on every host of the target at the same time.

    Raises FaultError where the cloud file has such a host no more, before anything is done.
    """
    known = {host.name for host in hands.site.cloud.hosts}
    for host in target.hosts:
        if host not in known:
            raise FaultError(f"no host is called {host!r} in this cloud file: was it renamed?")
    await asyncio.gather(*(deed(hands, target, host) for host in target.hosts))


async def run(hands: Hands, target: Target, host: str, *argv: str, tolerate: bool = False) -> Result:
    """Runs a command on a host. Raises FaultError when it fails, unless that is tolerated."""
    result = await hands.transports[host].run(argv, timeout=30)
    if result.code and not tolerate:
        why = (result.err or result.out).strip() or f"code {result.code}"
        raise FaultError(f"{target.fault}@{host}: `{' '.join(argv)}` failed: {why}")
    return result


async def start(hands: Hands, target: Target, host: str) -> None:
    """Starts the target's unit: a no-op where it runs, and whatever the limit on restarts says."""
    await run(hands, target, host, "systemctl", "reset-failed", target.unit, tolerate=True)
    await run(hands, target, host, "systemctl", "start", "--no-block", target.unit)


async def start_all(hands: Hands, target: Target) -> None:
    """Starts the target's unit on each of its hosts."""
    await on_each(hands, target, start)


def switch(hands: Hands, target: Target) -> PowerSwitch:
    """The power switch. Raises FaultError where there is none."""
    if hands.power is None:
        raise FaultError(
            f"{target.name}: there is no way to switch the power or the link of {target.where}: "
            "run this drill in the lab, or do it by hand at the machine"
        )
    return hands.power
