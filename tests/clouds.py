"""The clouds that contracts are held on: combined and split roles, one to five hosts, tuned and stock."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from pathlib import Path

from holdfast.components import enabled, services
from holdfast.front.project import vocabulary
from holdfast.front.starter import starter
from holdfast.model.catalogue import Here, Site
from holdfast.model.cloud import Cloud, Timers
from holdfast.model.cloudfile.coherence import Vocabulary
from holdfast.model.cloudfile.reader import parse
from holdfast.model.component import Component
from holdfast.model.pair import Pair
from holdfast.model.plan import PutFile
from holdfast.model.release import Release
from holdfast.model.secret import Secret

EXAMPLES = Path(__file__).parent.parent / "examples"
WORDS = Vocabulary(services())
"""What a cloud file may say; of series, faults and operations any may pass."""

KNOWN = vocabulary()
"""All that the command line knows."""

PEM = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"


def secret_values(components: tuple[Component, ...]) -> dict[str, str]:
    """A text for every secret that components declare, each to be found again wherever it lands."""
    names: list[str] = []
    for name in (name for each in components for name in each.all_secrets):
        names += [f"{name}.0", f"{name}.1"] if name.startswith("key.") else [name]
    return {name: f"SECRET-{name.replace('.', '-')}" for name in names}


def site_of(cloud: Cloud) -> Site:
    """The site of a cloud with secrets that are the same at every reading."""
    components = enabled(cloud.services)
    values = {name: Secret(text) for name, text in secret_values(components).items()}
    values["address.key"] = Secret("SECRET-address-key")
    values["public.key"] = Secret("SECRET-public-key")
    return Site(
        cloud=cloud,
        catalogue=components,
        secrets=values,
        ca=PEM,
        address_pair=Pair(PEM, values["address.key"]),
        host_pairs={h.name: Pair(PEM, Secret(f"SECRET-host-key-{h.name}")) for h in cloud.hosts},
        release=Release(cloud.release, "0123456789ab", "/cache/release.tar.zst"),
        public_pair=Pair(PEM, values["public.key"]) if len(cloud.addresses) > 1 else None,
    )


def _whole(text: str) -> str:
    """The same hosts with every role and every service, and every risk that may be accepted.

    A role that bears a risk on one host alone is on the first.
    """
    risks = {risk.name: part.role for part in WORDS.components for risk in part.risks}
    alone = {part.role for part in WORDS.components for risk in part.risks if risk.most == 1}
    first = ", ".join(WORDS.roles)
    others = ", ".join(role for role in WORDS.roles if role not in alone)
    text = re.sub(r"(?m)^(    address: .*)$", r"\1\n    storage: {file_gib: 8}", text)
    text = text.replace("  # - ", "  - ").replace("[controller]", f"[{first}]", 1)
    return text.replace("[controller]", f"[{others}]") + f"accept: [{', '.join(risks)}]\n"


@cache
def clouds() -> dict[str, Cloud]:
    """By name; every cloud of these must keep every contract."""
    split = parse((EXAMPLES / "split-roles.yaml").read_text(), WORDS)
    three = parse(starter(3), WORDS)
    whole = parse(_whole(starter(3)), WORDS)
    six = starter(3).replace("198.18.0.0/24", "fd00:18::/64").replace("198.18.0.", "fd00:18::")
    return {
        "one": parse(starter(1), WORDS),
        "three": three,
        "five": parse(starter(5), WORDS),
        "split": split,
        "networks": parse((EXAMPLES / "networks.yaml").read_text(), WORDS),
        "six": parse(six, WORDS),
        "whole": whole,
        "whole-stock": replace(whole, timers=Timers.STOCK),
        "stock": replace(three, timers=Timers.STOCK),
    }


@cache
def sites() -> dict[str, Site]:
    """By name: the site of each cloud."""
    return {name: site_of(cloud) for name, cloud in clouds().items()}


def files_of(site: Site) -> dict[tuple[str, str], PutFile]:
    """Every file that a site writes, by host and path."""
    found = {}
    for here in site.places:
        for file in (*here.files, *fragments_of(here)):
            name = here.host.name
            assert (name, file.path) not in found, f"{file.path} is written twice on {name}"
            found[name, file.path] = file
    return found


def fragments_of(here: Here) -> tuple[PutFile, ...]:
    """What a balancer writes for the frontends of all components; nothing for any other component."""
    publish = here.component.publish
    if publish is None:
        return ()
    return tuple(f for placed in here.site.placed for f in publish(here, placed).files)


def place(site: Site, component: Component, host: str = "") -> Here:
    """A component on a host of a site; on its first one where none is named."""
    return next(h for h in site.places if h.component is component and host in ("", h.host.name))
