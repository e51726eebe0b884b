"""Keeps a cloud's certificates beside its file: an own authority, a pair per host, one for the address."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from holdfast.model.certificate import (
    complete,
    expiry,
    issue,
    issued_by,
    make_authority,
    needs_renewal,
    operator_errors,
    renew_authority,
    subject_names,
)
from holdfast.model.cloud import Cloud, OperatorCertificate
from holdfast.model.pair import Pair
from holdfast.model.secret import Secret
from holdfast.strongbox import VaultError, damaged, locked, read_private, write_private

__all__ = ["Certificates", "expiry", "needs_renewal", "open_certificates", "read_operator_pair"]

FILE = "certificates.json"
AUTHORITY = "authority"


@dataclass(frozen=True)
class Certificates:
    """`ca` holds every authority that clients must trust, PEM; `hosts` is keyed by host name."""

    ca: str
    address: Pair
    hosts: Mapping[str, Pair]


def open_certificates(
    cloud: Cloud, folder: Path, now: datetime, *, keep: bool = True, as_is: bool = False
) -> Certificates:
    """Reads what is kept in `folder`; makes what is missing, near its end, or for other names.

    Without `keep` nothing is written. `as_is` takes what is there however near its end: what hosts have
    now, and not what the next deployment would give them. Raises VaultError, also for an operator's
    that cannot serve.
    """
    with locked(folder) if keep else nullcontext():
        kept = _load(folder / FILE)
        there = kept if as_is else {}
        authority = there.get(AUTHORITY) or _authority(cloud, kept.get(AUTHORITY), now)
        pairs = {AUTHORITY: authority}
        for name, subjects in _wanted(cloud).items():
            pairs[name] = there.get(name) or _pair(kept.get(name), authority, subjects, now)
        if pairs != kept and keep:
            write_private(folder / FILE, _text(pairs))
    hosts = {host.name: pairs[f"host.{host.name}"] for host in cloud.hosts}
    if cloud.certificate is not None:
        address, theirs = read_operator_pair(cloud.certificate, cloud.address, now)
        return Certificates(authority.certificate + theirs, address, hosts)
    return Certificates(authority.certificate, pairs["address"], hosts)


def read_operator_pair(files: OperatorCertificate, address: str, now: datetime) -> tuple[Pair, str]:
    """The operator's pair for the address and its authority. Raises VaultError with all that is wrong."""
    texts: dict[str, str] = {}
    errors: list[str] = []
    for what, path in (("certificate", files.certificate), ("key", files.key), ("ca", files.ca)):
        try:
            texts[what] = Path(path).expanduser().read_text(encoding="ascii").rstrip() + "\n"
        except OSError as error:
            errors.append(f"the {what} {path} cannot be read: {error.strerror}")
        except ValueError:
            errors.append(f"the {what} {path} is not PEM but has other bytes")
    if not errors:
        key = Secret(texts["key"])
        errors += operator_errors(texts["certificate"], key, texts["ca"], address, now)
    if errors:
        raise VaultError(
            f"tls: the certificate given for the address {address} cannot be used: {'; '.join(errors)}; "
            "give PEM files that can, or remove `tls` from the cloud file to have a certificate issued"
        )
    return Pair(texts["certificate"], Secret(texts["key"])), texts["ca"]


def _wanted(cloud: Cloud) -> dict[str, tuple[str, ...]]:
    """The names of each pair. Hosts answer for the address too: the balancer passes some TLS through."""
    wanted = {f"host.{h.name}": (h.name, h.address, cloud.address) for h in cloud.hosts}
    return wanted | {"address": (cloud.name, cloud.address)}


def _authority(cloud: Cloud, kept: Pair | None, now: datetime) -> Pair:
    if kept is None or not complete(kept.certificate):
        return make_authority(cloud.name, now)
    return renew_authority(cloud.name, kept, now) if needs_renewal(kept.certificate, now) else kept


def _pair(kept: Pair | None, authority: Pair, subjects: tuple[str, ...], now: datetime) -> Pair:
    if (
        kept is not None
        and subject_names(kept.certificate) == frozenset(subjects)
        and not needs_renewal(kept.certificate, now)
        and issued_by(kept.certificate, authority.certificate)
    ):
        return kept
    return issue(authority, subjects, now)


def _load(path: Path) -> dict[str, Pair]:
    text = read_private(path)
    if text is None:
        return {}
    try:
        pairs = {n: Pair(str(p["certificate"]), Secret(str(p["key"]))) for n, p in json.loads(text).items()}
        for pair in pairs.values():
            expiry(pair.certificate)
    except (ValueError, TypeError, KeyError, AttributeError):
        raise damaged(path) from None
    return pairs


def _text(pairs: Mapping[str, Pair]) -> str:
    plain = {name: {"certificate": p.certificate, "key": p.key.reveal()} for name, p in pairs.items()}
    return json.dumps(plain, indent=1) + "\n"
