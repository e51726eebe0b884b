"""How a client outside the cloud comes to what it offers."""

from __future__ import annotations

from dataclasses import replace

from holdfast.model.catalogue import Site
from holdfast.model.endpoint import Endpoint


def entrance(site: Site, kind: str, user: str) -> Endpoint:
    """The way in: an API's is on the public address. Raises KeyError where the cloud does not have it."""
    found, giver = site.offer(kind, user), site.offering(kind).component
    if not any(frontend.http for frontend in giver.frontends):
        return found
    return replace(found, addresses=(site.cloud.public_address,))
