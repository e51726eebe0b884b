"""Which keys are offered to a host, by an agent or from files, and the words where there is none."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import asyncssh
import pytest
from ssh_server import Server, agent_with, locked_form

from holdfast.hosts.login import Login, NoLogin
from holdfast.hosts.ssh import SshTransport
from holdfast.hosts.transport import Unreachable


async def runs(server: Server, login: Login) -> bool:
    transport = SshTransport(server.host(), login)
    try:
        return (await transport.run(("true",))).code == 0
    finally:
        await transport.close()


async def refused(server: Server, login: Login) -> Unreachable:
    with pytest.raises(Unreachable) as caught:
        await runs(server, login)
    assert caught.value.cure
    return caught.value


@pytest.fixture
def home(server: Server) -> Path:
    """A user's folder of keys, with the server known and no key yet."""
    folder = server.folder / "ssh"
    folder.mkdir()
    (folder / "known_hosts").write_bytes(server.known("host").read_bytes())
    return folder


def put(server: Server, home: Path, name: str, key: str = "client") -> Path:
    (home / name).write_bytes(server.key(key).read_bytes())
    return home / name


def locked(server: Server, home: Path, name: str, key: str = "client") -> Path:
    (home / name).write_text(locked_form(asyncssh.read_private_key(server.key(key))))
    return home / name


def client(server: Server) -> asyncssh.SSHKey:
    return asyncssh.read_private_key(server.key("client"))


@pytest.mark.parametrize("name", ["id_rsa", "id_ecdsa", "id_ed25519"])
async def test_an_ordinary_key_is_found(server: Server, home: Path, name: str) -> None:
    put(server, home, name)
    assert await runs(server, Login(home / "known_hosts"))


async def test_every_ordinary_key_is_offered(server: Server, home: Path) -> None:
    put(server, home, "id_rsa", "another")
    put(server, home, "id_ed25519")
    assert await runs(server, Login(home / "known_hosts"))


async def test_a_refusal_names_the_keys_there_are_and_no_other(server: Server, home: Path) -> None:
    put(server, home, "id_rsa", "another")
    error = await refused(server, Login(home / "known_hosts"))
    assert f"does not accept any of the keys: {home / 'id_rsa'}" in error.why
    assert "id_ed25519" not in str(error)


async def test_without_any_key_it_says_where_they_would_be(server: Server, home: Path) -> None:
    error = await refused(server, Login(home / "known_hosts"))
    assert f"no id_rsa, id_ecdsa, id_ed25519 in {home}" in error.why
    assert "SSH_AUTH_SOCK is not set" in error.why
    assert "ssh-keygen" in error.cure and "`ssh_key`" in error.cure


async def test_an_ordinary_key_that_is_none_is_left_aside_and_told(server: Server, home: Path) -> None:
    (home / "id_rsa").write_text("no key")
    put(server, home, "id_ed25519", "another")
    error = await refused(server, Login(home / "known_hosts"))
    assert f"left aside: {home / 'id_rsa'} cannot be read as a private key" in error.why


async def test_an_agents_key_is_used(server: Server, home: Path) -> None:
    async with agent_with(server.folder, client(server)) as agent:
        assert await runs(server, Login(home / "known_hosts", agent=str(agent.path)))
        assert agent.signed == 1


async def test_a_locked_key_is_used_through_the_agent(server: Server, home: Path) -> None:
    named = locked(server, home, "own")
    other = asyncssh.generate_private_key("ssh-ed25519")
    async with agent_with(server.folder, other, client(server)) as agent:
        assert await runs(server, Login(home / "known_hosts", named, agent=str(agent.path)))
        assert agent.signed == 1, "and no other key of the agent is tried"


async def test_an_old_form_is_known_by_the_public_half_beside_it(server: Server, home: Path) -> None:
    key = asyncssh.generate_private_key("ecdsa-sha2-nistp256")
    key.write_private_key(home / "own", "pkcs1-pem", passphrase="words")
    login = Login(home / "known_hosts", home / "own")
    assert "has a passphrase" in (await refused(server, login)).why
    key.write_public_key(home / "own.pub")
    async with agent_with(server.folder, key) as agent:
        login = Login(home / "known_hosts", home / "own", agent=str(agent.path))
        assert "does not accept the key" in (await refused(server, login)).why


async def test_a_locked_key_without_an_agent_names_ssh_add(server: Server, home: Path) -> None:
    named = locked(server, home, "own")
    login = Login(home / "known_hosts", named)
    error = await refused(server, login)
    assert f"the key {named} has a passphrase" in error.why
    assert f"ssh-add {named}" in error.cure
    with pytest.raises(NoLogin, match="ssh-add"):
        login.check()


async def test_a_public_key_is_called_one_and_serves_to_name_the_agents(server: Server, home: Path) -> None:
    named = home / "own.pub"
    client(server).write_public_key(named)
    error = await refused(server, Login(home / "known_hosts", named))
    assert f"{named} is a public key" in error.why and "name the private one" in error.cure
    async with agent_with(server.folder, client(server)) as agent:
        assert await runs(server, Login(home / "known_hosts", named, agent=str(agent.path)))


async def test_a_locked_key_that_the_agent_lacks_names_ssh_add(server: Server, home: Path) -> None:
    named = locked(server, home, "own")
    async with agent_with(server.folder, asyncssh.generate_private_key("ssh-ed25519")) as agent:
        login = Login(home / "known_hosts", named, agent=str(agent.path))
        login.check()
        error = await refused(server, login)
    assert "the agent does not hold it" in error.why
    assert f"ssh-add {named}" in error.cure


async def test_a_locked_ordinary_key_names_ssh_add(server: Server, home: Path) -> None:
    key = locked(server, home, "id_rsa")
    error = await refused(server, Login(home / "known_hosts"))
    assert f"{key} has a passphrase" in error.why
    assert error.cure == f"ssh-add {key}"


async def test_an_agent_that_is_gone_is_told(server: Server, home: Path) -> None:
    error = await refused(server, Login(home / "known_hosts", agent=str(home / "none")))
    assert f"the agent at {home / 'none'} does not answer" in error.why


async def test_an_agent_without_keys_is_told(server: Server, home: Path) -> None:
    async with agent_with(server.folder) as agent:
        error = await refused(server, Login(home / "known_hosts", agent=str(agent.path)))
    assert "holds no key" in error.why


@pytest.mark.parametrize("mode", [0o602, 0o620, 0o666])
async def test_a_key_that_others_can_change_is_refused(server: Server, home: Path, mode: int) -> None:
    put(server, home, "own").chmod(mode)
    error = await refused(server, Login(home / "known_hosts", home / "own"))
    assert f"its mode is {mode:o}" in error.why
    assert f"chmod 600 {home / 'own'}" in error.cure


def device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def giant(path: Path) -> None:
    path.touch()
    os.truncate(path, 1 << 40)


@pytest.mark.parametrize("make", [os.mkdir, os.mkfifo, device, giant])
@pytest.mark.parametrize("what", ["own", "known_hosts"])
async def test_what_is_no_key_file_is_told_and_not_read(
    server: Server, home: Path, make: Callable[[Path], None], what: str
) -> None:
    put(server, home, "own")
    (home / what).unlink()
    make(home / what)
    error = await refused(server, Login(home / "known_hosts", home / "own"))
    assert f"{home / what} cannot be read: it is not a regular file" in error.why


async def test_known_hosts_that_are_none_are_told(server: Server, home: Path) -> None:
    put(server, home, "own")
    (home / "known_hosts").write_text("nonsense\n")
    error = await refused(server, Login(home / "known_hosts", home / "own"))
    assert f"{home / 'known_hosts'}" in error.why and "log in once by ssh" in error.cure
