"""What the load balancer publishes, as the text that is generated for it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from holdfast.model.component import Capability, Component, Frontend
from holdfast.model.site import Site


@dataclass(frozen=True)
class Publication:
    """One frontend of a component. `own` is the text that publishes it ("" where none does), without
    comments; `shared` is the balancer's own configuration, whose defaults it inherits."""

    component: Component
    frontend: Frontend
    own: str
    shared: str


def publications(site: Site) -> tuple[Publication, ...]:
    """Every frontend of the catalogue; none where no component of it publishes."""
    balancer = next((c for c in site.catalogue if c.capability is Capability.BALANCER), None)
    hosts = site.hosts_of(balancer) if balancer else ()
    if balancer is None or balancer.publish is None or not hosts:
        return ()
    shared = "".join(plain(f.content) for f in balancer.files(site, hosts[0]) if not f.secret)
    found = []
    for component in site.catalogue:
        texts = [plain(file.content) for file in balancer.publish(site, component)]
        for frontend in component.frontends:
            bound = re.compile(rf"(?m)^\s*bind\s+{re.escape(site.cloud.address)}:{frontend.port}\b")
            own = next((text for text in texts if bound.search(text)), "")
            found.append(Publication(component, frontend, own, shared))
    return tuple(found)


def plain(text: str) -> str:
    """A configuration without its comments."""
    return re.sub(r"(?m)(^|\s)#.*$", "", text)


def says(text: str, pattern: str) -> bool:
    """Whether a line of a configuration begins with the pattern."""
    return re.search(rf"(?m)^\s*{pattern}", text) is not None
