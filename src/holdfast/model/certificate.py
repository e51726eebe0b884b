"""Certificates as values: an own authority, what it issues, and what must hold of an operator's own."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from itertools import pairwise

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from holdfast.model.pair import Pair
from holdfast.model.secret import Secret

AUTHORITY_LIFE = timedelta(days=3650)
LIFE = timedelta(days=397)
"""The longest that clients of the public web accept, and a year with time to renew."""

BEFORE = timedelta(hours=1)
"""Certificates begin this long ago: a host's clock may be behind."""


def expiry(pem: str) -> datetime:
    """When the first certificate of a PEM text ends, in UTC. Raises ValueError where there is none."""
    return _first(pem).not_valid_after_utc


def life(pem: str) -> tuple[datetime, datetime]:
    """From when until when the first certificate of a PEM text is valid, in UTC. Raises ValueError."""
    certificate = _first(pem)
    return certificate.not_valid_before_utc, certificate.not_valid_after_utc


def life_left(pem: str, now: datetime) -> float:
    """How much of its life the first certificate of a PEM text has left: 1 new, 0 or less ended."""
    begin, end = life(pem)
    return (end - now) / (end - begin)


def needs_renewal(pem: str, now: datetime) -> bool:
    """Under a third of its life is left."""
    return life_left(pem, now) < 1 / 3


def subject_names(pem: str) -> frozenset[str]:
    """The host names and addresses that the first certificate of a PEM text is for."""
    try:
        names = _first(pem).extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return frozenset()
    dns = names.get_values_for_type(x509.DNSName)
    return frozenset(dns) | {str(a) for a in names.get_values_for_type(x509.IPAddress)}


def issued_by(pem: str, authority: str) -> bool:
    """Whether the chain of a PEM text, first certificate first, ends at one of the authorities given."""
    chain = x509.load_pem_x509_certificates(pem.encode())
    ends = x509.load_pem_x509_certificates(authority.encode())
    linked = all(_signed(one, by) for one, by in pairwise(chain))
    return linked and (chain[-1] in ends or any(_signed(chain[-1], end) for end in ends))


def complete(authority: str) -> bool:
    """Whether an authority says all that strict clients (Python 3.13 by default) insist on (RFC 5280)."""
    extensions = _first(authority).extensions
    return {x509.KeyUsage.oid, x509.SubjectKeyIdentifier.oid} <= {e.oid for e in extensions}


def belongs(pair: Pair) -> bool:
    """Whether a pair's key is the one of its certificate. Raises ValueError for what is no certificate."""
    return _public_key(pair.key) == _public_bytes(_first(pair.certificate))


def make_authority(cloud: str, now: datetime) -> Pair:
    """A new authority of ten years."""
    return _authority(cloud, ec.generate_private_key(ec.SECP256R1()), now)


def renew_authority(cloud: str, authority: Pair, now: datetime) -> Pair:
    """The same authority for ten more years: its key stays, so that what it issued stays valid."""
    return _authority(cloud, _load_key(authority.key), now)


def issue(authority: Pair, names: Iterable[str], now: datetime) -> Pair:
    """A new key and certificate for host names and addresses, the first being the subject's name."""
    signer, key = _first(authority.certificate), ec.generate_private_key(ec.SECP256R1())
    names = tuple(names)
    end = min(now + LIFE, signer.not_valid_after_utc)
    usage = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
    builder = (
        _builder(_name(names[0]), signer.subject, key.public_key(), now, end)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(authority=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage(usage), critical=False)
        .add_extension(x509.SubjectAlternativeName([_general(n) for n in names]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(_issuer_key(signer), critical=False)
    )
    return _pair(builder.sign(_load_key(authority.key), hashes.SHA256()), key)


def operator_errors(certificate: str, key: Secret, ca: str, address: str, now: datetime) -> tuple[str, ...]:
    """Why an operator's own certificate cannot serve the address; nothing where it can."""
    errors: list[str] = []
    if not _parses(certificate):
        return ("the certificate is not a PEM certificate",)
    if not _parses(ca):
        return ("the CA is not a PEM certificate",)
    public = _public_key(key)
    if public is None:
        errors.append("the key is not a PEM private key without a passphrase")
    elif public != _public_bytes(_first(certificate)):
        errors.append("the key does not belong to the certificate")
    begin, end = life(certificate)
    if now >= end:
        errors.append(f"the certificate ended on {end:%Y-%m-%d}")
    if now < begin:
        errors.append(f"the certificate begins only on {begin:%Y-%m-%d}")
    if address not in (names := subject_names(certificate)):
        listed = ", ".join(sorted(names)) or "nothing"
        errors.append(f"the certificate is for {listed}, and not for the address {address}")
    strangers = [one for one in x509.load_pem_x509_certificates(ca.encode()) if not _may_sign(one)]
    errors += [f"the CA holds {s.subject.rfc4514_string()}, which may not sign others" for s in strangers]
    if not issued_by(certificate, ca):
        errors.append("the CA has not signed the certificate (its chain may lack an intermediate)")
    if all(now >= one.not_valid_after_utc for one in x509.load_pem_x509_certificates(ca.encode())):
        errors.append(f"the CA ended on {expiry(ca):%Y-%m-%d}")
    return tuple(errors)


def _first(pem: str) -> x509.Certificate:
    return x509.load_pem_x509_certificates(pem.encode())[0]


def _may_sign(certificate: x509.Certificate) -> bool:
    """Whether clients take it for an authority: a leaf, even one that signed itself, is none."""
    try:
        return bool(certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca)
    except x509.ExtensionNotFound:
        return False


def _signed(certificate: x509.Certificate, by: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(by)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _authority(cloud: str, key: ec.EllipticCurvePrivateKey, now: datetime) -> Pair:
    name, public = _name(f"Holdfast authority of {cloud}"), key.public_key()
    builder = (
        _builder(name, name, public, now, now + AUTHORITY_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(authority=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )
    return _pair(builder.sign(key, hashes.SHA256()), key)


def _builder(
    subject: x509.Name, issuer: x509.Name, public: ec.EllipticCurvePublicKey, now: datetime, end: datetime
) -> x509.CertificateBuilder:
    now = now.astimezone(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BEFORE)
        .not_valid_after(end)
    )


def _usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )


def _issuer_key(signer: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    identifier = signer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text[:64])])


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _pair(certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> Pair:
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return Pair(certificate.public_bytes(serialization.Encoding.PEM).decode(), Secret(private.decode()))


def _load_key(key: Secret) -> ec.EllipticCurvePrivateKey:
    loaded = serialization.load_pem_private_key(key.reveal().encode(), None)
    if not isinstance(loaded, ec.EllipticCurvePrivateKey):
        raise ValueError("the authority's key is not of an elliptic curve")
    return loaded


def _parses(pem: str) -> bool:
    try:
        return bool(x509.load_pem_x509_certificates(pem.encode()))
    except ValueError:
        return False


_SPKI = (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def _public_bytes(certificate: x509.Certificate) -> bytes:
    return certificate.public_key().public_bytes(*_SPKI)


def _public_key(key: Secret) -> bytes | None:
    try:
        return (
            serialization.load_pem_private_key(key.reveal().encode(), None).public_key().public_bytes(*_SPKI)
        )
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None
