"""A real SSH server on this machine, and an agent that holds keys: what the connection is tested against."""

from __future__ import annotations

import asyncio
import base64
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import asyncssh

from holdfast.hosts.login import Login
from holdfast.hosts.ssh import SshTransport
from holdfast.model.cloud import Host


@dataclass
class Server:
    """An SSH server that runs commands here; `refuse` ends them with 1, `forwards` lets others through."""

    folder: Path
    port: int = 0
    refuse: bool = False
    forwards: bool = False
    connections: list[asyncssh.SSHServerConnection] = field(default_factory=list)
    forwarded: list[tuple[str, int]] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    children: list[asyncio.subprocess.Process] = field(default_factory=list)
    running: int = 0
    most: int = 0

    def key(self, name: str) -> Path:
        path = self.folder / name
        if not path.exists():
            key = asyncssh.generate_private_key("ssh-ed25519")
            key.write_private_key(str(path))
            key.write_public_key(f"{path}.pub")
        return path

    def known(self, host_key: str) -> Path:
        public = Path(f"{self.key(host_key)}.pub").read_text()
        path = self.folder / f"known-{host_key}"
        path.write_text(f"[127.0.0.1]:{self.port} {public}")
        return path

    def host(self, *, name: str = "h1", user: str = "root", port: int = 0) -> Host:
        return Host(name, "127.0.0.1", frozenset(), ssh_user=user, ssh_port=port or self.port)

    def transport(
        self, *, key: str = "client", host_key: str = "host", user: str = "root", port: int = 0
    ) -> SshTransport:
        login = Login(self.known(host_key), self.key(key))
        return SshTransport(self.host(user=user, port=port), login, connect_timeout=20)

    async def serve(self, process: asyncssh.SSHServerProcess[bytes]) -> None:
        command = process.command or ""
        self.commands.append(command)
        self.running += 1
        self.most = max(self.most, self.running)
        if self.refuse:
            process.exit(1)
        else:
            child = await asyncio.create_subprocess_shell(f"exec {command}", stdin=-1, stdout=-1, stderr=-1)
            self.children.append(child)
            out, err = await child.communicate(await process.stdin.read())
            process.stdout.write(out)
            process.stderr.write(err)
            process.exit(child.returncode or 0)
        self.running -= 1


@asynccontextmanager
async def serving(folder: Path) -> AsyncIterator[Server]:
    """Accepts the key `client`, and shows the host key `host`, both in the folder."""
    here = Server(folder)

    class Remember(asyncssh.SSHServer):
        def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
            here.connections.append(conn)

        def connection_requested(
            self, dest_host: str, dest_port: int, orig_host: str, orig_port: int
        ) -> bool:
            here.forwarded.append((dest_host, dest_port))
            return here.forwards

    listener = await asyncssh.listen(
        "127.0.0.1",
        0,
        server_factory=Remember,
        server_host_keys=[str(here.key("host"))],
        authorized_client_keys=f"{here.key('client')}.pub",
        process_factory=here.serve,
        encoding=None,
    )
    here.port = listener.get_port()
    yield here
    listener.close()
    for connection in here.connections:
        connection.abort()
    for child in here.children:
        if child.returncode is None:
            child.kill()
        await child.wait()


def locked_form(key: asyncssh.SSHKey) -> str:
    """A private key as ssh-keygen keeps it under a passphrase (PROTOCOL.key of OpenSSH)."""
    kdf = string(bytes(16)) + struct.pack(">I", 16)
    head = b"openssh-key-v1\0" + string(b"aes256-ctr") + string(b"bcrypt") + string(kdf)
    data = head + struct.pack(">I", 1) + string(key.public_data) + string(bytes(160))
    text = base64.encodebytes(data).decode()
    return f"-----BEGIN OPENSSH PRIVATE KEY-----\n{text}-----END OPENSSH PRIVATE KEY-----\n"


IDENTITIES, SIGN = 11, 13
IDENTITIES_ANSWER, SIGNED = 12, 14


@dataclass
class Agent:
    """Holds keys and signs with them (draft-miller-ssh-agent); `signed` counts how often."""

    path: Path
    keys: tuple[asyncssh.SSHKey, ...]
    signed: int = 0

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while header := await reader.read(4):
            request = await reader.readexactly(struct.unpack(">I", header)[0])
            writer.write(string(self._answer(request[0], request[1:])))
        writer.close()

    def _answer(self, kind: int, rest: bytes) -> bytes:
        if kind == IDENTITIES:
            held = b"".join(string(key.public_data) + string(b"held") for key in self.keys)
            return bytes([IDENTITIES_ANSWER]) + struct.pack(">I", len(self.keys)) + held
        assert kind == SIGN
        public, rest = _taken(rest)
        data, _ = _taken(rest)
        self.signed += 1
        (key,) = (key for key in self.keys if key.public_data == public)
        return bytes([SIGNED]) + string(key.sign(data, key.algorithm))


@asynccontextmanager
async def agent_with(folder: Path, *keys: asyncssh.SSHKey) -> AsyncIterator[Agent]:
    """An agent at a socket in the folder."""
    agent = Agent(folder / "agent", keys)
    server = await asyncio.start_unix_server(agent.talk, agent.path)
    yield agent
    server.close()


def string(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data


def _taken(data: bytes) -> tuple[bytes, bytes]:
    end = 4 + struct.unpack(">I", data[:4])[0]
    return data[4:end], data[end:]
