"""A cache whose values are sealed: encrypted, and taken only as this service wrote them under this key.

Loaded by oslo.cache as a proxy (`[cache] proxies`) around its pool of memcached clients. Those unpickle
whatever a cache node sends, so that whoever can write to a node would run code in every API. With this a node
is trusted with nothing: what it sends is opened with a key that it does not have, and what does not open is
as if it were not there. The name that a value was written under is sealed with it: a value in another's place
does not open.

The key is made of `[cache] password`, which is sent to no node.
"""

import hashlib
import os
import pickle

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from dogpile.cache.api import NO_VALUE
from dogpile.cache.proxy import ProxyBackend
from oslo_config import cfg

NONCE = 12  # bytes; at random, which is enough for 2**32 values under one key


class Sealed(ProxyBackend):
    """Seals what is kept, and opens what comes back."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self._cipher = AESGCM(hashlib.sha256(cfg.CONF.cache.password.encode()).digest())

    def wrap(self, backend):
        """Takes the pool, and has it hand out bytes as they are."""
        # What a node marks as pickled or compressed was not written by us, and must not even be looked at.
        pool = getattr(backend, "client_pool", None)  # none where the operator wants no cache
        if pool is not None:
            pool._arguments.update(unpickler=_refuse, decompressor=_nothing)
        return super().wrap(backend)

    def get(self, key):
        """The value, or NO_VALUE for what is not there or not ours."""
        return self._opened(key, self.proxied.get(key))

    def get_multi(self, keys):
        """The values in the order of their keys."""
        keys = list(keys)
        return [self._opened(key, kept) for key, kept in zip(keys, self.proxied.get_multi(keys), strict=True)]

    def set(self, key, value):
        """Keeps a value."""
        self.proxied.set(key, self._sealed(key, value))

    def set_multi(self, mapping):
        """Keeps values by their keys."""
        self.proxied.set_multi({key: self._sealed(key, value) for key, value in mapping.items()})

    def _sealed(self, key, value):
        nonce = os.urandom(NONCE)
        return nonce + self._cipher.encrypt(nonce, pickle.dumps(value), _name(key))

    def _opened(self, key, kept):
        if not isinstance(kept, bytes) or len(kept) <= NONCE:
            return NO_VALUE
        try:
            return pickle.loads(self._cipher.decrypt(kept[:NONCE], kept[NONCE:], _name(key)))
        except InvalidTag:
            return NO_VALUE


def _name(key):
    return key if isinstance(key, bytes) else key.encode()


def _refuse(_file):
    raise ValueError("a value that somebody else wrote")


def _nothing(_text):
    return b""
