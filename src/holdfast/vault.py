"""The secrets kept beside the cloud file: made once, and readable by their owner only."""

from __future__ import annotations

import json
import re
import secrets
import string
from collections.abc import Iterable, Mapping
from contextlib import nullcontext
from pathlib import Path

from holdfast.model.component import Component
from holdfast.model.keyring import PREFIX, new_key, numbers, rotated
from holdfast.model.secret import Secret
from holdfast.strongbox import Fault, VaultError, damaged, locked, read_private, write_private

FILE = "secrets.json"
LENGTH = 32
ALPHABET = string.ascii_letters + string.digits
NUMBERED = re.compile(r"key\..+\.\d{1,9}")
"""What the name of a kept key is."""


def secret_names(catalogue: Iterable[Component]) -> tuple[str, ...]:
    """Every secret that these components declare; `key.<name>` stands for a repository of keys."""
    return tuple(dict.fromkeys(name for component in catalogue for name in component.all_secrets))


def open_secrets(
    folder: Path, names: Iterable[str], own: Mapping[str, Secret], *, keep: bool = True
) -> dict[str, Secret]:
    """All secrets by name: what is kept, what the operator brings (`own`), and what is made now.

    A repository `key.<name>` gives `key.<name>.<number>` for each of its keys. An operator's own secret
    is not kept here; without `keep` nothing is, and nothing is written. Raises VaultError.
    """
    with locked(folder) if keep else nullcontext():
        kept = _load(folder)
        made = _missing(kept, (n for n in names if n not in own))
        if made and keep:
            write_private(folder / FILE, _text({**kept, **made}))
    return {**{name: Secret(text) for name, text in {**kept, **made}.items()}, **own}


def stand_ins(names: Iterable[str]) -> dict[str, Secret]:
    """A made-up secret for every name, for a look at the design before there are any: none is kept."""
    return {name: Secret(text) for name, text in _missing({}, names).items()}


def rotate(folder: Path, repository: str, names: Iterable[str]) -> tuple[int, ...]:
    """Makes the staged key of a repository the primary one and stages a new one; the numbers kept after it.

    `names` are those of all secrets that the cloud has. Deploy between two rotations: the staged key must be
    everywhere before it becomes the primary one. Raises VaultError where there is no such repository.
    """
    known = sorted(name.removeprefix(PREFIX) for name in names if name.startswith(PREFIX))
    if repository not in known:
        raise _refusal(
            f"there are no keys called '{repository}'; the cloud has: {', '.join(known) or 'none'}"
        )
    name = PREFIX + repository
    if 0 not in numbers(_load(folder), name):
        raise _refusal(f"there are no keys for '{repository}' in {folder} yet; deploy first: holdfast apply")
    with locked(folder):
        turned = rotated(_load(folder), name, new_key(secrets.token_bytes(32)))
        write_private(folder / FILE, _text(turned))
    return numbers(turned, name)


def _refusal(text: str) -> VaultError:
    return VaultError(Fault(text))


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
    values: dict[str, str] = {}
    for name, text in read_private(folder / FILE).items():
        if not isinstance(text, str) or not text or not text.isprintable():
            raise damaged(folder / FILE)
        if name.startswith(PREFIX) and not NUMBERED.fullmatch(name):
            raise damaged(folder / FILE)
        values[name] = text
    return values


def _text(values: Mapping[str, str]) -> str:
    return json.dumps(dict(sorted(values.items())), indent=1) + "\n"
