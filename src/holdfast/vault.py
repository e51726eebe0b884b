"""The secrets beside the cloud file: made once, or the operator's own, and readable by their owner only."""

from __future__ import annotations

import base64
import fcntl
import json
import os
import secrets
import string
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from holdfast.model.cloud import Cloud, SecretFrom, SecretSource
from holdfast.model.component import Component
from holdfast.model.secret import Secret

LENGTH = 32
ALPHABET = string.ascii_letters + string.digits
KEYS_KEPT = 3  # staged, primary, and one retired key that still validates
COMMAND_PATIENCE = 30.0


class VaultError(Exception):
    """Secrets cannot be read or kept; names the secret or the file and the cure, never a value."""


def secret_names(catalogue: Iterable[Component]) -> tuple[str, ...]:
    """Every secret that these components declare; `key.<name>` stands for a repository of keys."""
    names: list[str] = []
    for component in catalogue:
        names += component.secrets
        names += [f"database.{database.name}" for database in component.databases]
        names += [f"bus.{bus.name}" for bus in component.buses]
    return tuple(dict.fromkeys(names))


def open_secrets(cloud: Cloud, folder: Path, names: Iterable[str]) -> dict[str, Secret]:
    """All secrets by name: what is kept, what the cloud file takes from elsewhere, and what is made now.

    A repository `key.<name>` gives `key.<name>.<number>` for each of its keys. Raises VaultError.
    """
    with _locked(folder):
        kept = _load(folder)
        values = dict(kept)
        for name in names:
            if name in cloud.secrets:
                values[name] = _from_operator(name, cloud.secrets[name])
            elif name.startswith("key.") and not numbers(kept, name):
                values |= {f"{name}.{number}": new_key() for number in (0, 1)}
            elif not name.startswith("key."):
                values.setdefault(name, _random_text())
        mine = {name: text for name, text in values.items() if name not in cloud.secrets}
        if mine != kept:
            _save(folder, mine)
    return {name: Secret(text) for name, text in values.items()}


def rotate(folder: Path, repository: str) -> tuple[int, ...]:
    """Makes the staged key of `key.<name>` the primary one and stages a new one; the numbers kept after it.

    Nothing is used that is not everywhere yet: the staged key was spread by the deployment before, so
    every host can already read what the new primary makes. Deploy between two rotations.
    Raises VaultError where there is no such repository.
    """
    with _locked(folder):
        kept = _load(folder)
        if not numbers(kept, repository):
            raise VaultError(f"there are no keys called {repository}; deploy first: `holdfast apply`")
        turned = rotated(kept, repository)
        _save(folder, turned)
    return numbers(turned, repository)


def rotated(kept: Mapping[str, str], repository: str) -> dict[str, str]:
    """Pure: the staged key (0) takes the next number, a new one is staged, the oldest beyond three go."""
    found = numbers(kept, repository)
    prefix = f"{repository}."
    others = {name: text for name, text in kept.items() if not name.startswith(prefix)}
    keys = {number: kept[f"{prefix}{number}"] for number in found if number}
    keys[max(found) + 1] = kept[f"{prefix}0"]
    newest = sorted(keys)[-(KEYS_KEPT - 1) :]
    return others | {f"{prefix}0": new_key()} | {f"{prefix}{number}": keys[number] for number in newest}


def numbers(values: Mapping[str, str], repository: str) -> tuple[int, ...]:
    """The numbers of a repository's keys, ascending: 0 is staged, the highest is the primary."""
    prefix = f"{repository}."
    return tuple(sorted(int(name.removeprefix(prefix)) for name in values if name.startswith(prefix)))


def new_key() -> str:
    """A Fernet key: 32 random bytes, base64 for URLs."""
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


def _random_text() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def _from_operator(name: str, source: SecretSource) -> str:
    if source.kind is SecretFrom.ENV:
        value = os.environ.get(source.origin[0], "")
        where = f"the environment variable {source.origin[0]}"
    else:
        value, where = _first_line(name, source.origin), f"`{source.origin[0]}`"
    if not value:
        raise VaultError(f"secret {name}: {where} gave nothing; set it, or take {name} out of the cloud file")
    return value


def _first_line(name: str, argv: tuple[str, ...]) -> str:
    try:
        done = subprocess.run(argv, capture_output=True, text=True, timeout=COMMAND_PATIENCE, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise VaultError(f"secret {name}: `{argv[0]}` could not be asked: {type(error).__name__}") from None
    if done.returncode:
        raise VaultError(f"secret {name}: `{argv[0]}` ended with {done.returncode}; try it by hand")
    return done.stdout.partition("\n")[0]


def _store(folder: Path) -> Path:
    return folder / "secrets.json"


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Two processes that make secrets at the same time would each deploy their own."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (folder / ".lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _load(folder: Path) -> dict[str, str]:
    path = _store(folder)
    if not path.exists():
        return {}
    found = path.stat()
    if found.st_mode & 0o077 or found.st_uid != os.geteuid():
        raise VaultError(
            f"{path} can be read by others; look who has read it, then `chown` and `chmod 600` it"
        )
    try:
        values = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise VaultError(
            f"{path} cannot be read ({type(error).__name__}); bring it back from a backup"
        ) from None
    return {str(name): str(text) for name, text in values.items()}


def _save(folder: Path, values: Mapping[str, str]) -> None:
    write_private(_store(folder), json.dumps(dict(sorted(values.items())), indent=1) + "\n")


def write_private(path: Path, text: str) -> None:
    """Replaces a file in one step with one that only its owner reads; on disk when this returns."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
