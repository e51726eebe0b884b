"""This machine as a host."""

from __future__ import annotations

import pytest

from holdfast.hosts.local import LocalTransport
from holdfast.hosts.transport import Unreachable


async def test_a_command_has_input_environment_and_an_end() -> None:
    done = await LocalTransport("me", {"WORD": "w"}).run(
        ("sh", "-c", 'cat; printf "$WORD" >&2; exit 4'), stdin=b"in"
    )
    assert (done.code, done.out, done.err) == (4, "in", "w")


async def test_a_missing_command_is_a_result_as_from_a_shell() -> None:
    assert (await LocalTransport().run(("no-such-command",))).code == 127


async def test_a_command_past_its_time_is_killed_and_told() -> None:
    with pytest.raises(Unreachable, match=r"did not end within 0\.1 s"):
        await LocalTransport().run(("sleep", "60"), timeout=0.1)
