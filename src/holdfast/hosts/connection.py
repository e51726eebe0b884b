"""One SSH connection to a host or to one in between, or in plain words why there is none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from holdfast.hosts.login import Login, NoLogin
from holdfast.hosts.transport import Unreachable

if TYPE_CHECKING:
    import asyncssh


@dataclass(frozen=True)
class Server:
    """Where an SSH server listens, and the user to be there."""

    user: str
    address: str
    port: int

    def __str__(self) -> str:
        return f"{self.user}@{self.address}:{self.port}"


async def open_connection(
    host: str, at: Server, login: Login, patience: float, tunnel: asyncssh.SSHClientConnection | None = None
) -> asyncssh.SSHClientConnection:
    """Connects within `patience` (s), through `tunnel` where there is one. Raises Unreachable for `host`."""
    import asyncssh

    keys = ""
    try:
        async with login.proofs() as proofs:
            keys = proofs.words
            return await asyncssh.connect(
                at.address,
                at.port,
                tunnel=tunnel,
                username=at.user,
                client_keys=list(proofs.keys),
                known_hosts=login.hosts_known(),
                config=None,
                agent_path=None,
                preferred_auth="publickey",
                connect_timeout=patience,
                login_timeout=2 * patience,
                keepalive_interval=3,
                keepalive_count_max=3,
            )
    except NoLogin as error:
        raise Unreachable(host, error.why, error.cure) from None
    except (OSError, asyncssh.Error) as error:
        why, cure = _why_not(error, keys, login, patience)
        raise Unreachable(host, f"{at} {why}", cure) from error


def _why_not(error: Exception, keys: str, login: Login, patience: float) -> tuple[str, str]:
    """(why, cure) by the error's type."""
    import asyncssh

    match error:
        case asyncssh.HostKeyNotVerifiable():
            why = "has a host key other than the known one, or none is known"
            cure = f"compare its key on its console, then correct its line in {login.known_hosts}"
        case asyncssh.PermissionDenied():
            why, cure = f"does not accept {keys}", "add the key's public half to authorized_keys there"
        case asyncssh.ChannelOpenError():
            why = f"cannot be reached from the jump host ({error})"
            cure = "see whether it runs, and that the jump host allows TCP forwarding and has a route to it"
        case ConnectionRefusedError():
            why = "refused the connection"
            cure = "start sshd there, or correct `port` under `ssh:` in the cloud file"
        case TimeoutError():
            why = f"gave no answer within {patience:g} s"
            cure = "see whether it runs, and the network and firewall between"
        case OSError():
            why, cure = f"cannot be reached ({error})", "correct its address, or the route to it"
        case _:
            why, cure = f"ended the connection ({error})", "look at sshd's log there"
    return why, cure
