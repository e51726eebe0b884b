"""A role is what a host can be for, declared beside the components that run there."""

from __future__ import annotations

from dataclasses import dataclass

from holdfast.model.network import Purpose

CONTROLLER = "controller"
"""What a cloud file says for all roles that a controller takes together."""


@dataclass(frozen=True)
class Role:
    """`in_controller`: a `controller` holds it too. `quorum`: its hosts decide by majority.

    Its hosts need a card on the networks of `purposes`, and with `storage` a place for the cloud's data.
    """

    name: str
    summary: str
    in_controller: bool = True
    quorum: bool = False
    purposes: frozenset[Purpose] = frozenset()
    storage: bool = False
