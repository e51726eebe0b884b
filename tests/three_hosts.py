"""A cloud of three controllers on the real catalogue, and hosts' answers when all is well."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from clouds import WORDS

from holdfast.components import enabled
from holdfast.model.catalogue import Site
from holdfast.model.cloud import Cloud, Host
from holdfast.model.network import Network
from holdfast.model.observed import Answer, Observed
from holdfast.model.pair import Pair
from holdfast.model.process import Ha
from holdfast.model.release import Release
from holdfast.model.role import CONTROLLER
from holdfast.model.secret import Secret

HOSTS = tuple(Host(f"c{n}", f"198.18.0.1{n}", WORDS.expanded((CONTROLLER,)), f"zone{n}") for n in (1, 2, 3))
NOW = datetime(2026, 6, 1, tzinfo=UTC)


@cache
def certificate(days: int) -> str:
    """A self-signed certificate with so many days left at NOW."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(NOW - timedelta(days=400))
    signed = builder.not_valid_after(NOW + timedelta(days=days)).sign(key, hashes.SHA256())
    from cryptography.hazmat.primitives.serialization import Encoding

    return signed.public_bytes(Encoding.PEM).decode()


def make_site(**changes: Any) -> Site:
    """The site; `changes` replace its fields."""
    network = Network("lab", "198.18.0.0/24", virtual_address="198.18.0.100")
    cloud = Cloud("test", "2026.2", HOSTS, (network,), ("keystone",))
    pair = Pair(certificate(300), Secret("key"))
    secrets: dict[str, Secret] = defaultdict(lambda: Secret("s3cret"))
    site = Site(
        cloud=cloud,
        catalogue=enabled(cloud.services),
        secrets=secrets,
        ca=certificate(900),
        address_pair=pair,
        host_pairs={h.name: pair for h in HOSTS},
        release=Release("2026.2", "0" * 12, ""),
    )
    return replace(site, **changes)


def well(site: Site, *, holder: str = "c2", writer: str = "c3") -> dict[str, Observed | None]:
    """What every host answers when all is well."""
    return {h.name: Observed(h.name, answers=_answers(site, h, holder, writer)) for h in site.cloud.hosts}


def _answers(site: Site, host: Host, holder: str, writer: str) -> Mapping[str, Answer]:
    answers = {}
    for here in site.by_host[host.name]:
        members = sorted(h.name for h in here.placed.hosts)
        for process in here.processes:
            data: dict[str, object] = {}
            if process.ha is Ha.QUORUM:
                data |= {"members": members, "size": len(members)}
            works = process.unit in here.component.units[:1]
            if works and "address" in here.component.kinds:
                data |= {"holds": host.name == holder}
            if works and "balancer" in here.component.kinds:
                data |= {"active": {"database": writer}, "held": {"database": [writer]}}
            answers[process.health.name] = Answer(True, "fine", data)
    return answers


def change(
    scene: dict[str, Observed | None], host: str, question: str, answer: Answer
) -> dict[str, Observed | None]:
    """The scene with one answer changed."""
    seen = scene[host]
    assert seen is not None
    return {**scene, host: replace(seen, answers={**seen.answers, question: answer})}
