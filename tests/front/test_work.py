"""Work that a signal ends has its cleaning up, and says which signal it was."""

from __future__ import annotations

import asyncio
import os
import signal

import pytest

from holdfast.front.work import Terminated, carry_out


def test_terminated_work_cleans_up_before_it_ends() -> None:
    healed: list[str] = []

    async def drilling() -> None:
        try:
            os.kill(os.getpid(), signal.SIGTERM)
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            healed.append("alpha")

    with pytest.raises(Terminated, match="resumes"):
        carry_out(drilling())
    assert healed == ["alpha"]
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL, "outside of work it ends the process at once"


def test_work_that_ends_by_itself_is_left_as_it_is() -> None:
    async def answer() -> int:
        return 42

    async def gives_up() -> None:
        raise asyncio.CancelledError

    assert carry_out(answer()) == 42
    with pytest.raises(asyncio.CancelledError):
        carry_out(gives_up())
