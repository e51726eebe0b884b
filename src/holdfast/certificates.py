"""Keeps a cloud's certificates beside its file: an own authority, a pair per host, one for each address."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from holdfast.model.certificate import (
    belongs,
    complete,
    expiry,
    issue,
    issued_by,
    make_authority,
    needs_renewal,
    renew_authority,
    subject_names,
)
from holdfast.model.cloud import Cloud
from holdfast.model.pair import Pair
from holdfast.model.secret import Secret
from holdfast.strongbox import Fault, VaultError, collecting, damaged, locked, read_private, write_private
from holdfast.unlock import own_pair

__all__ = ["Certificates", "expiry", "needs_renewal", "open_certificates"]

FILE = "certificates.json"
AUTHORITY, PUBLIC = "authority", "public"


@dataclass(frozen=True)
class Certificates:
    """`ca` holds every authority that clients must trust, PEM; `hosts` is keyed by host name.

    `public` is the public address's pair where that is another than the internal one, `address`'s.
    `authority` is the own one alone, which the inside trusts.
    """

    ca: str
    address: Pair
    hosts: Mapping[str, Pair]
    public: Pair | None = None
    authority: str = ""


def open_certificates(
    cloud: Cloud, folder: Path, now: datetime, *, keep: bool = True, as_is: bool = False
) -> Certificates:
    """Reads what is kept in `folder`; makes what is missing, near its end, or for other names.

    Without `keep` nothing is written. `as_is` takes what is there however near its end: what hosts have
    now, and not what the next deployment would give them. Raises VaultError, also for an operator's
    that cannot serve.
    """
    faults: list[Fault] = []
    own = None
    if cloud.certificate is not None:
        with collecting(faults):
            own = own_pair(cloud.certificate, cloud.public_address, now)
    with collecting(faults):
        pairs = _kept_or_made(cloud, folder, now, keep=keep and not faults, as_is=as_is)
    if faults:
        raise VaultError(*faults)
    authority = pairs[AUTHORITY].certificate
    hosts = {host.name: pairs[f"host.{host.name}"] for host in cloud.hosts}
    if own is not None:
        operators, theirs = own
        if PUBLIC not in pairs:
            return Certificates(authority + theirs, operators, hosts, authority=authority)
        return Certificates(authority + theirs, pairs["address"], hosts, operators, authority)
    return Certificates(authority, pairs["address"], hosts, pairs.get(PUBLIC), authority)


def _kept_or_made(cloud: Cloud, folder: Path, now: datetime, *, keep: bool, as_is: bool) -> dict[str, Pair]:
    with locked(folder) if keep else nullcontext():
        kept = _load(folder / FILE)
        there = kept if as_is else {}
        authority = there.get(AUTHORITY) or _authority(cloud, kept.get(AUTHORITY), now)
        pairs = {AUTHORITY: authority}
        for name, subjects in _wanted(cloud).items():
            pairs[name] = there.get(name) or _pair(kept.get(name), authority, subjects, now)
        if pairs != kept and keep:
            write_private(folder / FILE, _text(pairs))
    return pairs


def _wanted(cloud: Cloud) -> dict[str, tuple[str, ...]]:
    """The names of each pair. Hosts answer for the address too: the balancer passes some TLS through."""
    wanted: dict[str, tuple[str, ...]] = {
        f"host.{h.name}": (h.name, h.address, cloud.address) for h in cloud.hosts
    }
    wanted["address"] = (cloud.name, cloud.address)
    if cloud.public_address != cloud.address:
        wanted[PUBLIC] = (cloud.name, cloud.public_address)
    return wanted


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
    try:
        pairs = {name: _read(kept) for name, kept in read_private(path).items()}
        if all(belongs(pair) for pair in pairs.values()):
            return pairs
    except (ValueError, TypeError, KeyError):
        pass
    raise damaged(path)


def _read(kept: Any) -> Pair:
    return Pair(str(kept["certificate"]), Secret(str(kept["key"])))


def _text(pairs: Mapping[str, Pair]) -> str:
    plain = {name: {"certificate": p.certificate, "key": p.key.reveal()} for name, p in pairs.items()}
    return json.dumps(plain, indent=1) + "\n"
