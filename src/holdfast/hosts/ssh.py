"""Hosts over OpenSSH: one connection each, opened at first use, many commands at once."""

from __future__ import annotations

import asyncio
import contextlib
import shlex
from typing import TYPE_CHECKING, Any

from holdfast.hosts.connection import Server, open_connection
from holdfast.hosts.jump import Jump
from holdfast.hosts.login import Login
from holdfast.hosts.program import receive
from holdfast.hosts.transport import Result, Unreachable
from holdfast.model.cloud import Host

if TYPE_CHECKING:
    import asyncssh

# A stock sshd refuses the eleventh session of a connection.
SESSIONS = 8
CHUNK = 1 << 18


class SshTransport:
    """One host of the cloud file, as its `ssh_user`, through `jump` where it is not reached straight."""

    def __init__(
        self, host: Host, login: Login, *, jump: Jump | None = None, connect_timeout: float = 5
    ) -> None:
        self._host, self._login, self._jump = host, login, jump
        self._connect_timeout = connect_timeout
        self._connection: asyncssh.SSHClientConnection | None = None
        self._opening = asyncio.Lock()
        self._sessions = asyncio.Semaphore(SESSIONS)

    @property
    def host(self) -> str:
        """The host's name in the cloud file."""
        return self._host.name

    async def run(self, argv: tuple[str, ...], *, stdin: bytes = b"", timeout: float = 60) -> Result:
        """Runs a command as root, by sudo where the user is another. Raises Unreachable."""
        connection = await self._connected()
        try:
            async with self._sessions, asyncio.timeout(timeout):
                return await self._run(connection, self._as_root(argv), stdin)
        except TimeoutError:
            why = f"`{argv[0]}` gave no answer within {timeout:g} s"
            raise self._unreachable(why, "look at its load and its network, then try again") from None

    async def run_anew(self, argv: tuple[str, ...]) -> Result:
        """Runs a command over a connection of its own, made now. Raises Unreachable."""
        fresh = SshTransport(self._host, self._login, jump=self._jump, connect_timeout=self._connect_timeout)
        try:
            return await fresh.run(argv)
        finally:
            await fresh._hang_up()

    async def put(self, path: str, data: bytes, *, mode: int = 0o644, owner: str = "root:root") -> None:
        """Writes a file atomically. Raises Unreachable, or OSError with the reason."""
        await receive(self, path, data, mode, owner)

    async def close(self) -> None:
        """Ends the connection; idempotent."""
        await self._hang_up()
        if self._jump is not None:
            await self._jump.leave(self.host)

    async def _hang_up(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(2):
                    await connection.wait_closed()

    def _as_root(self, argv: tuple[str, ...]) -> str:
        return shlex.join(argv if self._host.ssh_user == "root" else ("sudo", "-n", "--", *argv))

    def _unreachable(self, why: str, cure: str) -> Unreachable:
        return Unreachable(self.host, why, cure)

    async def _run(self, connection: asyncssh.SSHClientConnection, command: str, stdin: bytes) -> Result:
        import asyncssh

        try:
            process = await connection.create_process(command, encoding=None)
            try:
                _, done = await asyncio.gather(_feed(process, stdin), process.wait())
            finally:
                process.close()
        except (OSError, asyncssh.Error) as error:
            raise self._lost(error) from error
        if done.returncode is None:
            raise self._lost(None)
        return Result(done.returncode, _text(done.stdout), _text(done.stderr))

    def _lost(self, error: Exception | None) -> Unreachable:
        self._connection = None
        why = f"the connection was lost ({error})" if error else "the connection was lost while a command ran"
        return self._unreachable(why, "see whether it runs and its network is up, then try again")

    async def _connected(self) -> asyncssh.SSHClientConnection:
        async with self._opening:
            if self._connection is None or self._connection.is_closed():
                self._connection = await self._connect()
            return self._connection

    async def _connect(self) -> asyncssh.SSHClientConnection:
        host = self._host
        server = Server(host.ssh_user, host.address, host.ssh_port)
        tunnel = await self._jump.open(host.name) if self._jump else None
        connection = await open_connection(host.name, server, self._login, self._connect_timeout, tunnel)
        await self._prove_root(connection)
        return connection

    async def _prove_root(self, connection: asyncssh.SSHClientConnection) -> None:
        user = self._host.ssh_user
        if user == "root":
            return
        done = await self._run(connection, self._as_root(("true",)), b"")
        if done.code != 0:
            connection.close()
            cure = f"let {user} use sudo without a password there, or log in as root (`user` under `ssh:`)"
            raise self._unreachable(f"{user} is without root (`sudo -n true` ended with {done.code})", cure)


async def _feed(process: asyncssh.SSHClientProcess[Any], stdin: bytes) -> None:
    """Sends the input in chunks, so that a large one is never copied whole.

    A command may end before it has read everything.
    """
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        view = memoryview(stdin)
        for start in range(0, len(view), CHUNK):
            process.stdin.write(bytes(view[start : start + CHUNK]))
            await process.stdin.drain()
        process.stdin.write_eof()


def _text(output: object) -> str:
    return output.decode(errors="replace") if isinstance(output, bytes) else ""
