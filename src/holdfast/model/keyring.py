"""Key repositories: numbered keys of which 0 is staged, the highest is primary, the rest only validate."""

from __future__ import annotations

import base64
from collections.abc import Mapping

PREFIX = "key."
"""A secret declared as `key.<name>` is a repository; its keys are the secrets `key.<name>.<number>`."""

MAX_ACTIVE = 3
"""Keys kept, the staged and the primary one among them: what was made one rotation ago still validates."""


def new_key(random: bytes) -> str:
    """A Fernet key from 32 random bytes: their base64 for URLs."""
    if len(random) != 32:
        raise ValueError("a key has 32 bytes")
    return base64.urlsafe_b64encode(random).decode()


def numbers(values: Mapping[str, str], repository: str) -> tuple[int, ...]:
    """The numbers of a repository's keys, ascending; none where there is no such repository."""
    prefix = f"{repository}."
    return tuple(sorted(int(name.removeprefix(prefix)) for name in values if name.startswith(prefix)))


def rotated(values: Mapping[str, str], repository: str, new: str) -> dict[str, str]:
    """All values after a rotation: the staged key is primary, `new` is staged, the oldest keys are gone.

    The staged key has been on every host since the rotation before, so what one host makes with the new
    primary every other can validate, in whatever order they receive the files. Raises KeyError where
    there is no such repository.
    """
    present = numbers(values, repository)
    keys = {number: values[f"{repository}.{number}"] for number in present if number}
    staged = values[f"{repository}.0"]
    keys[max(present) + 1] = staged
    kept = sorted(keys)[-(MAX_ACTIVE - 1) :]
    others = {name: text for name, text in values.items() if not name.startswith(f"{repository}.")}
    return {**others, f"{repository}.0": new, **{f"{repository}.{n}": keys[n] for n in kept}}
