"""A certificate with its key."""

from __future__ import annotations

from dataclasses import dataclass

from holdfast.model.secret import Secret


@dataclass(frozen=True)
class Pair:
    """A certificate with its chain, and its private key, both PEM."""

    certificate: str
    key: Secret
