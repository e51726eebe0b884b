"""Certificates: an own authority made at the first deployment, a pair per host, one for the address."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from holdfast.model.cloud import Cloud, OperatorCertificate
from holdfast.model.secret import Secret
from holdfast.model.site import Pair
from holdfast.vault import VaultError, write_private

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

AUTHORITY_LIFE = timedelta(days=3650)
LIFE = timedelta(days=397)
RENEW_BELOW = 1 / 3  # of a certificate's life
BACKDATE = timedelta(hours=1)  # hosts whose clock is behind must not refuse a new certificate


@dataclass(frozen=True)
class Certificates:
    """`ca` holds every authority that clients must trust, PEM; `hosts` is keyed by host name."""

    ca: str
    address: Pair
    hosts: Mapping[str, Pair]


def open_certificates(cloud: Cloud, folder: Path, now: datetime) -> Certificates:
    """Reads what is kept in `folder`, and makes or renews what is missing, short of life, or for other names.

    Raises VaultError, also for an operator's certificate that cannot serve.
    """
    kept = _load(folder)
    authority = kept.get("authority") or _make("holdfast " + cloud.name, (), None, now)
    pairs = {"authority": authority}
    for name, subjects in _wanted(cloud).items():
        old = kept.get(name)
        keep = (
            old and not needs_renewal(old["certificate"], now) and _names(old["certificate"]) == set(subjects)
        )
        pairs[name] = old if keep and old else _make(subjects[0], subjects, authority, now)
    if pairs != kept:
        write_private(folder / "certificates.json", json.dumps(pairs, indent=1) + "\n")
    hosts = {host.name: _pair(pairs[f"host.{host.name}"]) for host in cloud.hosts}
    if cloud.certificate is not None:
        address, theirs = read_operator_pair(cloud.certificate, cloud.address, now)
        return Certificates(authority["certificate"] + theirs, address, hosts)
    return Certificates(authority["certificate"], _pair(pairs["address"]), hosts)


def needs_renewal(certificate: str, now: datetime) -> bool:
    """Whether less than a third of a certificate's life is left."""
    found = _parse(certificate)
    life = found.not_valid_after_utc - found.not_valid_before_utc
    return found.not_valid_after_utc - now < life * RENEW_BELOW


def expiry(certificate: str) -> datetime:
    """The end of the first certificate in a PEM text."""
    return _parse(certificate).not_valid_after_utc


def read_operator_pair(files: OperatorCertificate, address: str, now: datetime) -> tuple[Pair, str]:
    """The operator's pair for the address and its authority. Raises VaultError with everything that is wrong."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

    try:
        texts = [Path(p).expanduser().read_text() for p in (files.certificate, files.key, files.ca)]
        found, authority = _parse(texts[0]), _parse(texts[2])
        key = load_pem_private_key(texts[1].encode(), None)
    except (OSError, ValueError, TypeError) as error:
        raise VaultError(
            f"tls: {error}; give PEM files that can be read, the key without a passphrase"
        ) from None
    form = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    faults = []
    if key.public_key().public_bytes(*form) != found.public_key().public_bytes(*form):
        faults.append(f"{files.key} is not the key of {files.certificate}")
    if not found.not_valid_before_utc <= now < found.not_valid_after_utc:
        faults.append(
            f"{files.certificate} is valid from {found.not_valid_before_utc} to {found.not_valid_after_utc}"
        )
    if address not in _names(texts[0]):
        faults.append(f"{files.certificate} does not name {address}")
    try:
        found.verify_directly_issued_by(authority)
    except Exception:
        # A chain of several is the clients' to check; one that names another issuer is a mistake.
        if found.issuer != authority.subject and "BEGIN CERTIFICATE" not in texts[0][30:]:
            faults.append(f"{files.certificate} was not issued by {files.ca}")
    if faults:
        raise VaultError("tls: " + "; ".join(faults))
    return Pair(texts[0], Secret(texts[1])), texts[2]


def _wanted(cloud: Cloud) -> dict[str, tuple[str, ...]]:
    """The subject names of each pair. Hosts answer for the address too where the balancer passes TLS through."""
    wanted = {f"host.{h.name}": (h.name, h.address, cloud.address) for h in cloud.hosts}
    return wanted | {"address": (cloud.name, cloud.address)}


def _make(
    name: str, subjects: tuple[str, ...], issuer: dict[str, str] | None, now: datetime
) -> dict[str, str]:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    by_name = _parse(issuer["certificate"]).subject if issuer else _common_name(name)
    builder = (
        x509.CertificateBuilder()
        .subject_name(_common_name(name))
        .issuer_name(by_name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATE)
        .not_valid_after(now + (LIFE if issuer else AUTHORITY_LIFE))
        .add_extension(
            x509.BasicConstraints(ca=issuer is None, path_length=0 if issuer is None else None), True
        )
    )
    if subjects:
        builder = builder.add_extension(
            x509.SubjectAlternativeName([_general_name(s) for s in subjects]), False
        )
    signer = _key(issuer["key"]) if issuer else key
    return {"certificate": _pem(builder.sign(signer, hashes.SHA256())), "key": _key_pem(key)}


def _common_name(name: str) -> x509.Name:
    from cryptography import x509

    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name[:64])])


def _general_name(subject: str) -> x509.GeneralName:
    from cryptography import x509

    try:
        return x509.IPAddress(ipaddress.ip_address(subject))
    except ValueError:
        return x509.DNSName(subject)


def _names(certificate: str) -> set[str]:
    from cryptography import x509

    try:
        found = _parse(certificate).extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return set()
    addresses = {str(each) for each in found.get_values_for_type(x509.IPAddress)}
    return addresses | set(found.get_values_for_type(x509.DNSName))


def _parse(certificate: str) -> x509.Certificate:
    from cryptography import x509

    return x509.load_pem_x509_certificate(certificate.encode())


def _key(text: str) -> Any:
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    return load_pem_private_key(text.encode(), None)


def _pem(certificate: x509.Certificate) -> str:
    from cryptography.hazmat.primitives.serialization import Encoding

    return certificate.public_bytes(Encoding.PEM).decode()


def _key_pem(key: EllipticCurvePrivateKey) -> str:
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def _pair(kept: Mapping[str, str]) -> Pair:
    return Pair(kept["certificate"], Secret(kept["key"]))


def _load(folder: Path) -> dict[str, dict[str, str]]:
    path = folder / "certificates.json"
    if not path.exists():
        return {}
    if path.stat().st_mode & 0o077:
        raise VaultError(f"{path} can be read by others; look who has read it, then `chmod 600` it")
    return {str(name): dict(pair) for name, pair in json.loads(path.read_text()).items()}
