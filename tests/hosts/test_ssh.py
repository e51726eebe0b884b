"""The connection against a real SSH server on this machine: what works, and each error's words."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from ssh_server import Server

from holdfast.hosts.login import Login
from holdfast.hosts.observe import Inquiry, observe
from holdfast.hosts.ssh import SshTransport
from holdfast.hosts.transport import Unreachable
from holdfast.model.cloud import Host


async def test_commands_are_quoted_once_and_outputs_come_back(server: Server) -> None:
    transport = server.transport()
    done = await transport.run(
        ("sh", "-c", 'cat; printf "%s" "$1" >&2; exit 3', "sh", "it's $HOME; *"), stdin=b"in"
    )
    assert (done.code, done.out, done.err) == (3, "in", "it's $HOME; *")
    await transport.close()
    await transport.close()


async def test_many_commands_share_one_connection(server: Server) -> None:
    transport = server.transport()
    done = await asyncio.gather(*(transport.run(("echo", str(n))) for n in range(40)))
    assert [int(each.out) for each in done] == list(range(40))
    assert len(server.connections) == 1
    assert server.most <= 10  # a stock sshd refuses more
    await transport.close()


async def test_what_is_run_anew_comes_over_a_login_of_its_own(server: Server) -> None:
    transport = server.transport()
    await transport.run(("true",))
    done = await transport.run_anew(("echo", "new"))
    assert done.out == "new\n" and len(server.connections) == 2
    assert (await transport.run(("echo", "old"))).out == "old\n"
    assert len(server.connections) == 2, "the first one still stands"
    await transport.close()


async def test_a_large_input_arrives_whole(server: Server) -> None:
    transport = server.transport()
    done = await transport.run(("sha256sum",), stdin=bytes(range(256)) * 40_000)
    import hashlib

    assert done.out.split()[0] == hashlib.sha256(bytes(range(256)) * 40_000).hexdigest()
    assert (await transport.run(("true",), stdin=b"x" * 3_000_000)).code == 0  # and nobody has to read it
    await transport.close()


async def test_observation_and_put_work_over_it(server: Server, tmp_path: Path) -> None:
    transport = server.transport()
    await transport.put(str(tmp_path / "put"), b"\x00data")
    assert (tmp_path / "put").read_bytes() == b"\x00data"
    seen = await observe(transport, Inquiry(files=(str(tmp_path / "put"),)))
    assert seen.host == "h1"
    assert seen.files[str(tmp_path / "put")]
    assert not any("put" in command.split(LOADER_END)[-1] for command in server.commands)
    await transport.close()


LOADER_END = "module.main"


async def refused(transport: SshTransport) -> Unreachable:
    with pytest.raises(Unreachable) as caught:
        await transport.run(("true",), timeout=10)
    assert caught.value.host == "h1"
    assert caught.value.cure
    return caught.value


async def test_wrong_key(server: Server) -> None:
    assert "does not accept the key" in (await refused(server.transport(key="another"))).why


async def test_wrong_host_key(server: Server) -> None:
    error = await refused(server.transport(host_key="another"))
    assert "host key" in error.why
    assert "known-another" in error.cure


async def test_unknown_host_key(server: Server, tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("")
    host = Host("h1", "127.0.0.1", frozenset(), ssh_port=server.port)
    transport = SshTransport(host, Login(tmp_path / "empty", server.key("client")))
    assert "host key" in (await refused(transport)).why


async def test_dead_port(server: Server) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        error = await refused(server.transport(port=taken.getsockname()[1]))
    assert "refused" in error.why
    assert "sshd" in error.cure


async def test_a_port_that_says_nothing(server: Server) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        transport = server.transport(port=silent.getsockname()[1])
        transport._connect_timeout = 0.2
        assert "no answer within 0.2 s" in (await refused(transport)).why


async def test_no_key_file(server: Server, tmp_path: Path) -> None:
    host = Host("h1", "127.0.0.1", frozenset(), ssh_port=server.port)
    transport = SshTransport(host, Login(server.known("host"), tmp_path / "none"))
    error = await refused(transport)
    assert "cannot be read" in error.why
    assert str(tmp_path / "none") in error.cure


async def test_a_user_without_root(server: Server) -> None:
    server.refuse = True
    error = await refused(server.transport(user="admin"))
    assert "without root" in error.why
    assert "sudo" in error.cure
    assert server.commands == ["sudo -n -- true"]


async def test_a_command_that_takes_too_long(server: Server) -> None:
    transport = server.transport()
    with pytest.raises(Unreachable, match=r"no answer within 0\.2 s"):
        await transport.run(("sleep", "5"), timeout=0.2)
    assert (await transport.run(("true",))).code == 0
    await transport.close()


async def test_a_connection_that_breaks_is_told_then_opened_again(server: Server) -> None:
    transport = server.transport()
    running = asyncio.create_task(transport.run(("sleep", "5")))
    while not server.commands:
        await asyncio.sleep(0.01)
    server.connections[0].abort()
    with pytest.raises(Unreachable, match="connection was lost"):
        await running
    assert (await transport.run(("echo", "again"))).out == "again\n"
    assert len(server.connections) == 2
    await transport.close()


def test_importing_the_transport_does_not_load_the_library() -> None:
    program = "import sys, holdfast.hosts.ssh, holdfast.converge; sys.exit('asyncssh' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
