"""Keys of the store's daemons and users, each drawn from one secret, in the form that the store reads."""

from __future__ import annotations

import base64
import hmac
import struct
from collections.abc import Mapping
from hashlib import sha256
from uuid import UUID

from holdfast.model.catalogue import Site
from holdfast.model.parts import Store
from holdfast.model.secret import Secret

SECRET = "block-store"
ADMIN = "client.admin"
Caps = Mapping[str, str]
"""What somebody may do, by the sort of daemon that he may do it at."""


def _drawn(site: Site, what: str) -> bytes:
    """16 bytes that only who has the secret can tell, and that tell nobody the secret."""
    return hmac.new(site.secret(SECRET).reveal().encode(), what.encode(), sha256).digest()[:16]


def fsid(site: Site) -> str:
    """The name of this very store, which no other has."""
    return str(UUID(bytes=_drawn(site, "the name of the store"), version=4))


def key(site: Site, entity: str) -> Secret:
    """A key in its form: kind (AES), when it was made (seconds, nanoseconds), length, then its bytes."""
    drawn = _drawn(site, entity)
    return Secret(base64.b64encode(struct.pack("<HIIH", 1, 0, 0, len(drawn)) + drawn).decode())


def keyring(site: Site, entities: Mapping[str, Caps]) -> str:
    """Keys, and what who holds them may do."""
    lines = []
    for entity, caps in entities.items():
        lines += [f"[{entity}]", f"key = {key(site, entity).reveal()}"]
        lines += [f'caps {daemon} = "{may}"' for daemon, may in caps.items()]
    return "\n".join(lines) + "\n"


def stores(site: Site) -> tuple[Store, ...]:
    """All users of the store."""
    return tuple(store for component in site.catalogue for store in component.stores)


def pools(site: Site) -> tuple[str, ...]:
    """All pools, each with one owner."""
    return tuple(dict.fromkeys(pool for store in stores(site) for pool in store.pools))


def caps(store: Store) -> Caps:
    """A user works in its own pools, and reads others that it was told."""
    own = [f"profile rbd pool={pool}" for pool in store.pools]
    read = [f"profile rbd-read-only pool={pool}" for pool in store.reads]
    return {"mon": "profile rbd", "mgr": ", ".join(own), "osd": ", ".join((*own, *read))}
