"""The secrets beside the cloud file: made once, or the operator's own, and readable by their owner only."""

from __future__ import annotations

import json
import os
import re
import secrets
import shlex
import string
import subprocess
from collections.abc import Iterable, Mapping
from contextlib import nullcontext
from pathlib import Path

from holdfast.model.catalogue import Component
from holdfast.model.cloud import Cloud, SecretFrom, SecretSource
from holdfast.model.keyring import PREFIX, new_key, numbers, rotated
from holdfast.model.secret import Secret
from holdfast.strongbox import VaultError, damaged, locked, read_private, write_private

__all__ = ["VaultError", "open_secrets", "rotate", "secret_names", "stand_ins", "write_private"]

FILE = "secrets.json"
LENGTH = 32
ALPHABET = string.ascii_letters + string.digits
COMMAND_PATIENCE = 30.0
FIT = re.compile(r"[A-Za-z0-9._~-]{8,256}")
"""What an operator's secret may be: it goes into URLs and files that give other characters a meaning."""


def secret_names(catalogue: Iterable[Component]) -> tuple[str, ...]:
    """Every secret that these components declare; `key.<name>` stands for a repository of keys."""
    return tuple(dict.fromkeys(name for component in catalogue for name in component.all_secrets))


def open_secrets(
    cloud: Cloud,
    folder: Path,
    names: Iterable[str],
    environment: Mapping[str, str] = os.environ,
    *,
    keep: bool = True,
) -> dict[str, Secret]:
    """All secrets by name: what is kept, what the cloud file takes from elsewhere, and what is made now.

    A repository `key.<name>` gives `key.<name>.<number>` for each of its keys. An operator's own secret
    is never kept; without `keep` nothing is, and nothing is written. Raises VaultError.
    """
    names = tuple(names)
    own = {n: _from_operator(n, cloud.secrets[n], environment) for n in names if n in cloud.secrets}
    with locked(folder) if keep else nullcontext():
        kept = _load(folder)
        made = _missing(kept, (n for n in names if n not in own))
        if made and keep:
            write_private(folder / FILE, _text({**kept, **made}))
    return {name: Secret(text) for name, text in {**kept, **made, **own}.items()}


def stand_ins(names: Iterable[str]) -> dict[str, Secret]:
    """A made-up secret for every name, for a look at the design before there are any: none is kept."""
    return {name: Secret(text) for name, text in _missing({}, names).items()}


def rotate(folder: Path, repository: str) -> tuple[int, ...]:
    """Makes the staged key of `key.<name>` the primary one and stages a new one; the numbers kept after it.

    Deploy between two rotations: the staged key must be everywhere before it becomes the primary one.
    Raises VaultError where there is no such repository.
    """
    with locked(folder):
        kept = _load(folder)
        if 0 not in numbers(kept, repository):
            raise VaultError(
                f"there are no keys called {repository} in {folder}; deploy first: holdfast apply"
            )
        turned = rotated(kept, repository, new_key(secrets.token_bytes(32)))
        write_private(folder / FILE, _text(turned))
    return numbers(turned, repository)


def _missing(kept: Mapping[str, str], names: Iterable[str]) -> dict[str, str]:
    made: dict[str, str] = {}
    for name in names:
        if name.startswith(PREFIX):
            if not numbers(kept, name):
                made |= {f"{name}.{number}": new_key(secrets.token_bytes(32)) for number in (0, 1)}
        elif name not in kept:
            made[name] = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    return made


def _load(folder: Path) -> dict[str, str]:
    path = folder / FILE
    text = read_private(path)
    if text is None:
        return {}
    try:
        values = json.loads(text)
    except ValueError:
        raise damaged(path) from None
    if not isinstance(values, dict) or not all(isinstance(v, str) and v for v in values.values()):
        raise damaged(path)
    return values


def _text(values: Mapping[str, str]) -> str:
    return json.dumps(dict(sorted(values.items())), indent=1) + "\n"


def _from_operator(name: str, source: SecretSource, environment: Mapping[str, str]) -> str:
    if source.kind is SecretFrom.ENV:
        where, text = f"the variable {source.origin[0]}", _variable(name, source.origin[0], environment)
    else:
        where, text = f"the command `{shlex.join(source.origin)}`", _first_line(name, source.origin)
    if not FIT.fullmatch(text):
        raise VaultError(
            f"the secret '{name}' from {where} cannot be used: it must be 8 to 256 letters, digits and "
            ". _ ~ - only, because it goes into URLs and files that give others a meaning; choose another"
        )
    return text


def _variable(name: str, variable: str, environment: Mapping[str, str]) -> str:
    if variable not in environment:
        raise VaultError(
            f"the secret '{name}' is to come from the variable {variable}, which is not set; set it "
            "(sudo drops variables, unless told otherwise with --preserve-env)"
        )
    return environment[variable]


def _first_line(name: str, argv: tuple[str, ...]) -> str:
    where = f"the secret '{name}' is to come from the command `{shlex.join(argv)}`, which"
    try:
        done = subprocess.run(
            argv, stdin=subprocess.DEVNULL, capture_output=True, timeout=COMMAND_PATIENCE, check=False
        )
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "its words cannot be a command"
        raise VaultError(f"{where} cannot be started: {why}; correct it in the cloud file") from None
    except subprocess.TimeoutExpired:
        raise VaultError(f"{where} did not end within {COMMAND_PATIENCE:g} s; run it by hand") from None
    if done.returncode:
        raise VaultError(f"{where} ended with {done.returncode}; run it by hand to see why")
    lines = done.stdout.decode(errors="replace").splitlines()
    if not lines:
        raise VaultError(f"{where} printed nothing; the first line it prints is the secret")
    return lines[0]
