"""How this machine proves itself to hosts: by private key files and an agent's keys, never a password."""

from __future__ import annotations

import asyncio
import contextlib
import stat
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from holdfast.model.errors import CannotReach

if TYPE_CHECKING:
    import asyncssh

ORDINARY = ("id_rsa", "id_ecdsa", "id_ed25519")
"""The names that ssh gives keys, in the order in which it tries them."""

LARGEST = 1024 * 1024
"""Bytes; no key file has a hundredth of that."""

AGENT_PATIENCE = 5.0
AT_ONCE = 8
"""Conversations with the agent: its queue for newcomers is short."""


class NoLogin(CannotReach):
    """There is no key to log in with: why, and the cure."""

    def __init__(self, why: str, cure: str) -> None:
        super().__init__(f"{why}; {cure}")
        self.why, self.cure = why, cure


@dataclass(frozen=True)
class KeyFile:
    """A private key; `private` is None where a passphrase locks it, `public` where that hides this too."""

    path: Path
    private: asyncssh.SSHKey | None
    public: bytes | None


@dataclass(frozen=True)
class Proofs:
    """What to offer to a host, in this order, and what it is in words."""

    keys: tuple[asyncssh.SSHKey | asyncssh.SSHKeyPair, ...]
    words: str


class Login:
    """One for all hosts: the key that is named and no other, else an agent's and the ordinary ones.

    The ordinary ones are those beside `known_hosts`; `agent` is the path of an agent's socket, "" for none.
    """

    def __init__(self, known_hosts: Path, named: Path | None = None, *, agent: str = "") -> None:
        self.known_hosts, self._named, self._agent = known_hosts, named, agent
        self._talks = asyncio.Semaphore(AT_ONCE)

    def check(self) -> None:
        """Whether the named key is one, and can be unlocked. Raises NoLogin."""
        if self._named is not None:
            file = self._named_file
            if file.private is None and not self._agent:
                raise _locked(file.path, "there is no agent to ask")

    def hosts_known(self) -> asyncssh.SSHKnownHosts:
        """The host keys that this user trusts. Raises NoLogin."""
        import asyncssh

        try:
            return asyncssh.import_known_hosts(_read(self.known_hosts).decode())
        except (NoLogin, ValueError) as error:
            why = (
                error.why if isinstance(error, NoLogin) else f"{self.known_hosts} has another form ({error})"
            )
            cure = "log in once by ssh, and compare the key that it shows with the one on the host's console"
            raise NoLogin(why, cure) from None

    @contextlib.asynccontextmanager
    async def proofs(self) -> AsyncIterator[Proofs]:
        """What to offer while a connection is made. Raises NoLogin."""
        if self._named is not None and (private := self._named_file.private) is not None:
            yield Proofs((private,), f"the key {self._named}")
            return
        async with self._talks, contextlib.AsyncExitStack() as stack:
            held, why = await self._held(stack)
            yield self._of_agent(self._named_file, held, why) if self._named else self._all(held, why)

    async def _held(self, stack: contextlib.AsyncExitStack) -> tuple[list[asyncssh.SSHKeyPair], str]:
        """The agent's keys, and why there are none."""
        import asyncssh

        if not self._agent:
            return [], "there is no agent to ask (SSH_AUTH_SOCK is not set)"
        try:
            async with asyncio.timeout(AGENT_PATIENCE):
                agent = await stack.enter_async_context(asyncssh.connect_agent(self._agent))
                held = list(await agent.get_keys())
        except (OSError, ValueError, asyncssh.Error) as error:
            return [], f"the agent at {self._agent} does not answer ({error or type(error).__name__})"
        return held, "" if held else f"the agent at {self._agent} holds no key"

    def _of_agent(self, file: KeyFile, held: list[asyncssh.SSHKeyPair], why: str) -> Proofs:
        fitting = tuple(pair for pair in held if pair.key_public_data == file.public)
        if not fitting:
            raise _locked(file.path, why or "the agent does not hold it")
        return Proofs(fitting, f"the key {file.path} (by the agent)")

    def _all(self, held: list[asyncssh.SSHKeyPair], why: str) -> Proofs:
        files, aside = self._ordinary
        in_agent = {pair.key_public_data for pair in held}
        usable = [f for f in files if f.private is not None and f.public not in in_agent]
        locked = [f.path for f in files if f.private is None and f.public not in in_agent]
        aside = [*aside, *(f"{path} has a passphrase" for path in locked)]
        if not usable and not held:
            aside = aside or [f"there is no {', '.join(ORDINARY)} in {self.known_hosts.parent}"]
            cure = (
                f"ssh-add {locked[0]}" if locked else "make one with ssh-keygen, or name yours by `ssh_key`"
            )
            raise NoLogin(f"no key to log in with: {'; '.join((*aside, why))}", cure)
        words = [f"the agent's {len(held)}"] if held else []
        words += [str(f.path) for f in usable]
        aside += [why] if why and self._agent else []
        left = f" (left aside: {'; '.join(aside)})" if aside else ""
        private = (f.private for f in usable if f.private is not None)
        return Proofs((*held, *private), f"any of the keys: {', '.join(words)}{left}")

    @cached_property
    def _named_file(self) -> KeyFile:
        assert self._named is not None
        return read_key(self._named)

    @cached_property
    def _ordinary(self) -> tuple[list[KeyFile], list[str]]:
        """The ordinary keys that are there, and what is wrong with those that cannot be used."""
        files, faults = [], []
        for path in (self.known_hosts.parent / name for name in ORDINARY):
            if path.exists():
                try:
                    files.append(read_key(path))
                except NoLogin as fault:
                    faults.append(fault.why)
        return files, faults


def read_key(path: Path) -> KeyFile:
    """A private key's file. Raises NoLogin where it is none, or where others can change it."""
    import asyncssh

    data = _read(path)
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o022:
        cure = f"see that it is still yours, then chmod 600 {path}"
        raise NoLogin(f"others can change the key {path} (its mode is {mode:o})", cure)
    try:
        private = asyncssh.import_private_key(data)
    except ValueError:
        public = _public(path, data)
        if public is None and b"ENCRYPTED" not in data:
            cure = "name a private key as ssh-keygen writes it"
            raise NoLogin(f"{path} cannot be read as a private key", cure) from None
        return KeyFile(path, None, public)
    return KeyFile(path, private, private.public_data)


def _public(path: Path, data: bytes) -> bytes | None:
    """The public half of a locked key: it stands in clear in OpenSSH's own form, else beside it."""
    import asyncssh

    for text in (data, _read_or_nothing(path.with_name(f"{path.name}.pub"))):
        with contextlib.suppress(ValueError):
            return asyncssh.import_public_key(text).public_data
    return None


def _locked(path: Path, why: str) -> NoLogin:
    if b"PRIVATE KEY" not in _read_or_nothing(path):
        return NoLogin(f"{path} is a public key, and {why}", "name the private one, or ssh-add it")
    cure = f"ssh-add {path} (sudo drops SSH_AUTH_SOCK, unless told otherwise with --preserve-env)"
    return NoLogin(f"the key {path} has a passphrase, and {why}", cure)


def _read_or_nothing(path: Path) -> bytes:
    with contextlib.suppress(NoLogin):
        return _read(path)
    return b""


def _read(path: Path) -> bytes:
    """A file, looked at before it is read: a pipe or a device may never end. Raises NoLogin."""
    try:
        status = path.stat()
        if stat.S_ISREG(status.st_mode) and status.st_size <= LARGEST:
            return path.read_bytes()
        why = "it is not a regular file of less than 1 MiB"
    except OSError as error:
        why = error.strerror or str(error)
    raise NoLogin(f"{path} cannot be read: {why}", f"correct {path} or its permissions")
