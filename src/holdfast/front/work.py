"""Work that ends in order: after Ctrl-C as after SIGTERM, steps come to their end and faults are healed."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Coroutine
from typing import Any, TypeVar

from holdfast.model.errors import Exit, HoldfastError

T = TypeVar("T")


class Terminated(HoldfastError):
    """SIGTERM ended the work."""

    exit = Exit.TERMINATED

    def __init__(self) -> None:
        super().__init__("terminated; the same command resumes")


def carry_out(work: Coroutine[Any, Any, T]) -> T:
    """`asyncio.run` that SIGTERM cancels too. Raises Terminated, KeyboardInterrupt, and what `work` raises.

    A shell starts a background command with SIGINT ignored, and ignored it stays: a Ctrl-C meant for another
    command is not to stop a deployment. SIGTERM is then the one way to end it, and must not leave a fault
    in the cloud or a lock on its hosts.
    """
    return asyncio.run(_until_terminated(work))


async def _until_terminated(work: Coroutine[Any, Any, T]) -> T:
    doing = asyncio.ensure_future(work)
    terminated = asyncio.Event()

    def terminate() -> None:
        terminated.set()
        doing.cancel()

    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, terminate)
    try:
        return await doing
    except asyncio.CancelledError:
        if terminated.is_set():
            raise Terminated from None
        raise
