"""Hosts that are reached through one in between, over real SSH servers on this machine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from ssh_server import Server, serving

from holdfast.hosts.jump import Jump
from holdfast.hosts.login import Login
from holdfast.hosts.ssh import SshTransport
from holdfast.hosts.transport import Unreachable


@pytest.fixture
async def between(server: Server) -> AsyncIterator[Server]:
    """A second server, with the same user's key and a host key of its own."""
    folder = server.folder / "between"
    folder.mkdir()
    for name in ("client", "client.pub"):
        server.key("client")
        (folder / name).write_bytes((server.folder / name).read_bytes())
    async with serving(folder) as here:
        here.forwards = True
        yield here


def login(*servers: Server) -> Login:
    """Knows the host keys of these servers."""
    known = servers[0].folder / "known_hosts"
    known.write_text("".join(s.known("host").read_text() for s in servers))
    return Login(known, servers[0].key("client"))


def through(server: Server, between: Server) -> tuple[Jump, list[SshTransport]]:
    """Three hosts behind one jump host."""
    keys = login(server, between)
    jump = Jump(f"ops@127.0.0.1:{between.port}", keys)
    return jump, [SshTransport(server.host(name=f"h{n}"), keys, jump=jump) for n in range(3)]


async def test_hosts_share_one_connection_to_the_host_in_between(server: Server, between: Server) -> None:
    _, transports = through(server, between)
    done = await asyncio.gather(*(t.run(("echo", t.host)) for t in transports))
    assert [each.out for each in done] == ["h0\n", "h1\n", "h2\n"]
    assert between.forwarded == [("127.0.0.1", server.port)] * 3
    assert len(between.connections) == 1 and len(server.connections) == 3
    assert between.connections[0].get_extra_info("username") == "ops"
    await asyncio.gather(*(t.close() for t in transports))
    await between.connections[0].wait_closed()


async def test_one_that_leaves_takes_nothing_from_the_others(server: Server, between: Server) -> None:
    _, transports = through(server, between)
    await asyncio.gather(*(t.run(("true",)) for t in transports))
    await transports[0].close()
    assert (await transports[1].run(("echo", "still"))).out == "still\n"
    assert (await transports[0].run(("echo", "again"))).out == "again\n"
    assert len(between.connections) == 1
    await asyncio.gather(*(t.close() for t in transports))
    await asyncio.gather(*(t.close() for t in transports))


async def test_a_host_in_between_that_was_lost_is_asked_anew(server: Server, between: Server) -> None:
    _, (first, *_) = through(server, between)
    await first.run(("true",))
    between.connections[0].abort()
    await server.connections[0].wait_closed()
    assert (await first.run(("echo", "again"))).out == "again\n"
    assert len(between.connections) == 2
    await first.close()


async def refused(transport: SshTransport) -> Unreachable:
    with pytest.raises(Unreachable) as caught:
        await transport.run(("true",))
    assert caught.value.host == transport.host and caught.value.cure
    await transport.close()
    return caught.value


async def test_a_host_key_of_either_that_is_not_known_is_refused(server: Server, between: Server) -> None:
    jump = Jump(f"root@127.0.0.1:{between.port}", login(server))
    error = await refused(SshTransport(server.host(), login(server), jump=jump))
    assert f"by the jump host, root@127.0.0.1:{between.port} has a host key" in error.why
    keys = login(server, between)
    keys.known_hosts.write_text(between.known("host").read_text())
    jump = Jump(f"127.0.0.1:{between.port}", keys)
    error = await refused(SshTransport(server.host(), keys, jump=jump))
    assert error.why.startswith(f"root@127.0.0.1:{server.port} has a host key")


async def test_a_host_in_between_that_is_down_is_named_to_every_host(server: Server, between: Server) -> None:
    keys = login(server, between)
    jump = Jump("ops@127.0.0.1:1", keys)
    errors = await asyncio.gather(
        *(refused(SshTransport(server.host(name=f"h{n}"), keys, jump=jump)) for n in range(3))
    )
    assert {e.why for e in errors} == {"by the jump host, ops@127.0.0.1:1 refused the connection"}


async def test_a_host_in_between_that_lets_nobody_through(server: Server, between: Server) -> None:
    between.forwards = False
    _, (first, *_) = through(server, between)
    error = await refused(first)
    assert "cannot be reached from the jump host" in error.why
    assert "TCP forwarding" in error.cure


async def test_a_dead_host_behind_it(server: Server, between: Server) -> None:
    keys = login(server, between)
    jump = Jump(f"ops@127.0.0.1:{between.port}", keys)
    error = await refused(SshTransport(server.host(port=1), keys, jump=jump))
    assert "root@127.0.0.1:1 cannot be reached from the jump host" in error.why


@pytest.mark.parametrize(
    "text", ["", "a b", "ops@", "ops@a:x", "a,b", "ops@a@b", "h:99999", "-oProxyCommand=x"]
)
async def test_what_names_no_host_is_refused(server: Server, text: str, tmp_path: Path) -> None:
    keys = login(server)
    error = await refused(SshTransport(server.host(), keys, jump=Jump(text, keys)))
    assert "names no host" in error.why and "user@host:port" in error.cure
