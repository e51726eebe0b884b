"""Example designs for the rules, made from the real catalogue with made-up secrets and certificates."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache

from holdfast.checks import Design
from holdfast.components import enabled, services
from holdfast.model.catalogue import Site
from holdfast.model.cloud import Cloud, Host, Timers
from holdfast.model.component import Component
from holdfast.model.network import Network
from holdfast.model.pair import Pair
from holdfast.model.parts import Publication
from holdfast.model.plan import PutFile
from holdfast.model.release import Release
from holdfast.model.secret import Secret

NOW = datetime(2026, 6, 1, tzinfo=UTC)
TIME_SERVERS = ("time1.example.org", "time2.example.org", "time3.example.org")


def design(
    hosts: int = 3,
    *,
    zones: tuple[str, ...] = ("zone1", "zone2", "zone3"),
    time_servers: tuple[str, ...] = TIME_SERVERS,
    timers: Timers = Timers.TUNED,
    days: int = 300,
) -> Design:
    """Hosts `c1`… of every role, in `zones` one after another (none where empty); `days` of certificates."""
    roles = frozenset(role.name for service in services() for role in service.roles)
    machines = tuple(
        Host(
            f"c{n + 1}",
            f"198.18.0.{11 + n}",
            roles,
            zones[n % len(zones)] if zones else "",
        )
        for n in range(hosts)
    )
    wanted = tuple(service.name for service in services() if service.published)
    cloud = Cloud(
        name="sample",
        release="2026.2",
        hosts=machines,
        networks=(Network("control", "198.18.0.0/24", virtual_address="198.18.0.100"),),
        services=wanted,
        timers=timers,
        time_servers=time_servers,
    )
    return Design(_site(cloud, enabled(wanted), Pair(certificate(days), Secret("sample"))), NOW)


def _site(cloud: Cloud, components: tuple[Component, ...], pair: Pair) -> Site:
    return Site(
        cloud=cloud,
        catalogue=components,
        secrets=_secrets(components),
        ca=certificate(3000),
        address_pair=pair,
        host_pairs={host.name: pair for host in cloud.hosts},
        release=Release(cloud.release, "0" * 12, ""),
    )


def _secrets(components: tuple[Component, ...]) -> Mapping[str, Secret]:
    names: list[str] = []
    for name in (name for each in components for name in each.all_secrets):
        names += [f"{name}.0", f"{name}.1"] if name.startswith("key.") else [name]
    return {name: Secret("sample") for name in names}


@cache
def certificate(days: int) -> str:
    """A self-signed certificate (PEM) with so many days left at NOW; negative where it has expired."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sample")])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW - timedelta(days=400))
        .not_valid_after(NOW + timedelta(days=days))
    )
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM).decode()


def changed(of: Design, change: Callable[[Component], Component]) -> Design:
    """The design with each component of its catalogue changed."""
    return replace(of, site=replace(of.site, catalogue=tuple(map(change, of.site.catalogue))))


def with_hosts(of: Design, change: Callable[[Host], Host]) -> Design:
    """The design with each host of its cloud changed."""
    cloud = replace(of.site.cloud, hosts=tuple(map(change, of.site.cloud.hosts)))
    return replace(of, site=replace(of.site, cloud=cloud))


def with_text(of: Design, old: str, new: str) -> Design:
    """The design with `old` replaced by `new` in every file that it generates."""
    return _rewritten(of, lambda text: text.replace(old, new))


def without_safeguard(of: Design, rule: str) -> Design:
    """The design without the options that a rule's safeguards look for."""
    options = {each.option for c in of.site.catalogue for each in c.safeguards if each.rule == rule}
    lines = re.compile(rf"(?m)^(?:{'|'.join(map(re.escape, sorted(options)))})\s*=.*\n")
    return _rewritten(of, lambda text: lines.sub("", text))


def _rewritten(of: Design, rewrite: Callable[[str], str]) -> Design:
    def files_of(files: tuple[PutFile, ...]) -> tuple[PutFile, ...]:
        return tuple(replace(file, content=rewrite(file.content)) for file in files)

    def published(publication: Publication) -> Publication:
        return replace(publication, files=files_of(publication.files))

    def change(component: Component) -> Component:
        files, publish, configs = component.files, component.publish, component.configs
        return replace(
            component,
            files=lambda here: files_of((*(config.file(here) for config in configs), *files(here))),
            configs=(),
            publish=publish and (lambda here, other: published(publish(here, other))),
        )

    return changed(of, change)


def nothing() -> Design:
    """A design without a host, a service or a certificate: no rule can find anything to look at."""
    empty = design(hosts=0, time_servers=())
    return replace(empty, site=replace(empty.site, catalogue=(), ca="", address_pair=Pair("", Secret(""))))
