"""This machine as a host: commands run as they are, without a connection."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from holdfast.hosts.program import NO_PYTHON, receive
from holdfast.hosts.transport import Result, Unreachable


@dataclass(frozen=True)
class LocalTransport:
    """Runs on this machine, as the user it runs as; `env` is added to the commands' environment."""

    host: str = "localhost"
    env: Mapping[str, str] = field(default_factory=dict)

    async def run(self, argv: tuple[str, ...], *, stdin: bytes = b"", timeout: float = 60) -> Result:
        """Runs a command; one that takes more than `timeout` seconds is killed. Raises Unreachable then."""
        pipe = asyncio.subprocess.PIPE
        try:
            process = await asyncio.create_subprocess_exec(
                *argv, stdin=pipe, stdout=pipe, stderr=pipe, env={**os.environ, **self.env}
            )
        except OSError as error:
            return Result(NO_PYTHON, "", str(error))
        try:
            async with asyncio.timeout(timeout):
                out, err = await process.communicate(stdin)
        except TimeoutError:
            raise Unreachable(
                self.host, f"`{argv[0]}` did not end within {timeout:g} s", "look at its load"
            ) from None
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        return Result(process.returncode or 0, out.decode(errors="replace"), err.decode(errors="replace"))

    async def run_anew(self, argv: tuple[str, ...]) -> Result:
        """Runs a command: nobody logs in here. Raises Unreachable."""
        return await self.run(argv)

    async def put(self, path: str, data: bytes, *, mode: int = 0o644, owner: str = "root:root") -> None:
        """Writes a file atomically. Raises OSError with the reason."""
        await receive(self, path, data, mode, owner)

    async def close(self) -> None:
        """Nothing is open."""
