"""Hosts over OpenSSH: one connection each, opened at first use, many commands at once."""

from __future__ import annotations

import asyncio
import contextlib
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

from holdfast.hosts.program import receive
from holdfast.hosts.transport import Result, Unreachable
from holdfast.model.cloud import Host

if TYPE_CHECKING:
    import asyncssh

# A stock sshd refuses the eleventh session of a connection.
SESSIONS = 8
CHUNK = 1 << 18


class SshTransport:
    """One host of the cloud file, as `ssh_user` by `key`; its own key must be in `known_hosts`."""

    def __init__(self, host: Host, *, key: Path, known_hosts: Path, connect_timeout: float = 5) -> None:
        self._host, self._key, self._known_hosts = host, key, known_hosts
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

    async def put(self, path: str, data: bytes, *, mode: int = 0o644, owner: str = "root:root") -> None:
        """Writes a file atomically. Raises Unreachable, or OSError with the reason."""
        await receive(self, path, data, mode, owner)

    async def close(self) -> None:
        """Ends the connection; idempotent."""
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
        import asyncssh

        host = self._host
        where = f"{host.ssh_user}@{host.address}:{host.ssh_port}"
        keys, known_hosts = self._keys()
        try:
            connection = await asyncssh.connect(
                host.address,
                host.ssh_port,
                username=host.ssh_user,
                client_keys=keys,
                known_hosts=known_hosts,
                config=None,
                agent_path=None,
                preferred_auth="publickey",
                connect_timeout=self._connect_timeout,
                login_timeout=2 * self._connect_timeout,
                keepalive_interval=3,
                keepalive_count_max=3,
            )
        except (OSError, asyncssh.Error) as error:
            raise self._unreachable(*self._why_not(error, where)) from error
        await self._prove_root(connection, where)
        return connection

    def _keys(self) -> tuple[list[asyncssh.SSHKey], asyncssh.SSHKnownHosts]:
        import asyncssh

        try:
            keys = [asyncssh.read_private_key(str(self._key))]
            return keys, asyncssh.read_known_hosts(str(self._known_hosts))
        except (OSError, ValueError) as error:
            cure = f"put them right: {self._key} and {self._known_hosts}"
            raise self._unreachable(f"a key file on this machine cannot be read ({error})", cure) from error

    async def _prove_root(self, connection: asyncssh.SSHClientConnection, where: str) -> None:
        if self._host.ssh_user == "root":
            return
        done = await self._run(connection, self._as_root(("true",)), b"")
        if done.code != 0:
            connection.close()
            cure = f"let {self._host.ssh_user} use sudo without a password there, or set ssh_user to root"
            raise self._unreachable(f"{where} is without root (`sudo -n true` ended with {done.code})", cure)

    def _why_not(self, error: Exception, where: str) -> tuple[str, str]:
        """(why, cure) by the error's type: the first that fits."""
        import asyncssh

        known: tuple[tuple[type[Exception], str, str], ...] = (
            (
                asyncssh.HostKeyNotVerifiable,
                "has a host key other than the known one, or none is known",
                f"compare its key on its console, then correct its line in {self._known_hosts}",
            ),
            (
                asyncssh.PermissionDenied,
                f"does not accept the key {self._key}",
                "add the key's public half to authorized_keys there",
            ),
            (
                ConnectionRefusedError,
                "refused the connection",
                "start sshd there, or correct ssh_port in the cloud file",
            ),
            (
                TimeoutError,
                f"gave no answer within {self._connect_timeout:g} s",
                "see whether it runs, and the network and firewall between",
            ),
            (OSError, f"cannot be reached ({error})", "correct its address, or the route to it"),
            (Exception, f"ended the connection ({error})", "look at sshd's log there"),
        )
        return next((f"{where} {why}", cure) for kind, why, cure in known if isinstance(error, kind))


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
