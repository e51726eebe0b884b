"""What the load balancer publishes, as the text that is generated for it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from holdfast.model.address import at_port
from holdfast.model.catalogue import Placed, Site
from holdfast.model.cloud import Cloud
from holdfast.model.parts import Frontend


@dataclass(frozen=True)
class Published:
    """One frontend of a component. `own` is the text that publishes it ("" where none does), without
    comments; `shared` is the balancer's own configuration, whose defaults it inherits."""

    placed: Placed
    frontend: Frontend
    own: str
    shared: str


def published(site: Site) -> tuple[Published, ...]:
    """Every frontend of the catalogue; none where no component of it publishes."""
    here = next((h for h in site.places if h.component.publish is not None), None)
    if here is None or here.component.publish is None:
        return ()
    shared = "".join(plain(f.content) for f in here.files if not f.secret)
    found = []
    for placed in site.placed:
        texts = [plain(file.content) for file in here.component.publish(here, placed).files]
        for frontend in placed.component.frontends:
            own = next((text for text in texts if _binds(text, site.cloud, frontend)), "")
            found.append(Published(placed, frontend, own, shared))
    return tuple(found)


def _binds(text: str, cloud: Cloud, frontend: Frontend) -> bool:
    """Whether a text publishes it: an API on every address that moves, all else on the internal one."""
    addresses = cloud.addresses if frontend.http else (cloud.address,)
    ways = (re.escape(at_port(address, frontend.port)) for address in addresses)
    return all(re.search(rf"(?m)^\s*bind\s+{way}\b", text) for way in ways)


def plain(text: str) -> str:
    """A configuration without its comments."""
    return re.sub(r"(?m)(^|\s)#.*$", "", text)


def says(text: str, pattern: str) -> bool:
    """Whether a line of a configuration begins with the pattern."""
    return re.search(rf"(?m)^\s*{pattern}", text) is not None
