"""A host in between: one connection to it, shared by all the hosts that are reached through it."""

from __future__ import annotations

import asyncio
import contextlib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from holdfast.hosts.connection import Server, open_connection
from holdfast.hosts.login import Login
from holdfast.hosts.transport import Unreachable
from holdfast.model.address import REACHED

if TYPE_CHECKING:
    import asyncssh

WRITTEN = re.compile(REACHED)


@dataclass
class Jump:
    """`[user@]host[:port]`, the user being root and the port 22 where they are not given.

    Its host key must be in `known_hosts`, and it is logged in to with the same keys as the hosts.
    """

    text: str
    login: Login
    patience: float = 5.0
    _opening: asyncio.Task[asyncssh.SSHClientConnection] | None = None
    _users: set[str] = field(default_factory=set)

    async def open(self, host: str) -> asyncssh.SSHClientConnection:
        """The connection, for a host behind it. Raises Unreachable for that host."""
        self._users.add(host)
        if self._opening is None or _ended(self._opening):
            self._opening = asyncio.create_task(self._connect())
        try:
            # Shielded: a host that gives up must not take the others' way from them.
            return await asyncio.shield(self._opening)
        except Unreachable as error:
            raise Unreachable(host, f"by the jump host, {error.why}", error.cure) from error

    async def leave(self, host: str) -> None:
        """Closes the connection once no host is reached through it any more; idempotent."""
        self._users.discard(host)
        opening, self._opening = (self._opening, None) if not self._users else (None, self._opening)
        if opening is not None:
            opening.cancel()
            with contextlib.suppress(asyncio.CancelledError, Unreachable):
                (await opening).close()

    async def _connect(self) -> asyncssh.SSHClientConnection:
        written = WRITTEN.fullmatch(self.text)
        if written is None or int(written["port"] or 22) not in range(1, 65536):
            cure = "write it as user@host:port in the cloud file"
            raise Unreachable(self.text, f"'{self.text}' names no host", cure)
        address = written["six"] or written["name"]
        server = Server(written["user"] or "root", address, int(written["port"] or 22))
        return await open_connection(self.text, server, self.login, self.patience)


def _ended(opening: asyncio.Task[asyncssh.SSHClientConnection]) -> bool:
    """Whether it failed, or its connection is gone: the next who asks tries anew."""
    if not opening.done():
        return False
    return opening.cancelled() or opening.exception() is not None or opening.result().is_closed()
