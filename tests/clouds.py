"""The clouds that contracts are held on: combined and split roles, one to five hosts, tuned and stock."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

from holdfast.components import catalogue, enabled
from holdfast.front.starter import starter
from holdfast.model.cloud import Cloud, Timers
from holdfast.model.cloudfile import parse
from holdfast.model.component import Component
from holdfast.model.plan import PutFile
from holdfast.model.secret import Secret
from holdfast.model.site import Pair, Release, Site

EXAMPLES = Path(__file__).parent.parent / "examples"
PEM = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"


def secret_values(components: tuple[Component, ...]) -> dict[str, str]:
    """A text for every secret that components declare, each to be found again wherever it lands."""
    names: list[str] = []
    for each in components:
        names += [f"database.{d.name}" for d in each.databases] + [f"bus.{b.name}" for b in each.buses]
        for name in each.secrets:
            names += [f"{name}.0", f"{name}.1"] if name.startswith("key.") else [name]
    return {name: f"SECRET-{name.replace('.', '-')}" for name in names}


def site_of(cloud: Cloud) -> Site:
    """The site of a cloud with secrets that are the same at every reading."""
    components = enabled(cloud.services)
    values = {name: Secret(text) for name, text in secret_values(components).items()}
    values["address.key"] = Secret("SECRET-address-key")
    return Site(
        cloud=cloud,
        catalogue=components,
        secrets=values,
        ca=PEM,
        address_pair=Pair(PEM, values["address.key"]),
        host_pairs={h.name: Pair(PEM, Secret(f"SECRET-host-key-{h.name}")) for h in cloud.hosts},
        release=Release(cloud.release, "0123456789ab", "/cache/release.tar.zst"),
    )


@cache
def clouds() -> dict[str, Cloud]:
    """By name; every cloud of these must keep every contract."""
    split = parse((EXAMPLES / "split-roles.yaml").read_text(), catalogue())
    three = parse(starter(3), catalogue())
    return {
        "one": parse(starter(1), catalogue()),
        "three": three,
        "five": parse(starter(5), catalogue()),
        "split": split,
        "stock": replace(three, timers=Timers.STOCK),
    }


@cache
def sites() -> dict[str, Site]:
    """By name: the site of each cloud."""
    return {name: site_of(cloud) for name, cloud in clouds().items()}


def files_of(site: Site) -> dict[tuple[str, str], PutFile]:
    """Every file that a site writes, by host and path."""
    found = {}
    for component in site.catalogue:
        for host in site.hosts_of(component):
            for file in (*component.files(site, host), *fragments_of(site, component)):
                assert (host.name, file.path) not in found, f"{file.path} is written twice on {host.name}"
                found[host.name, file.path] = file
    return found


def fragments_of(site: Site, component: Component) -> tuple[PutFile, ...]:
    """What a balancer writes for the frontends of all components; nothing for any other component."""
    if component.publish is None:
        return ()
    return tuple(f for c in site.catalogue for f in component.publish(site, c))
