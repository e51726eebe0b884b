"""Certificates are issued for the right names, renewed in time, and an operator's own is looked at."""

import json
import os
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from clouds import EXAMPLES, WORDS, files_of, site_of

from holdfast.certificates import FILE, Certificates, open_certificates
from holdfast.front.starter import starter
from holdfast.model.certificate import (
    expiry,
    issue,
    issued_by,
    life_left,
    make_authority,
    needs_renewal,
    operator_errors,
    subject_names,
)
from holdfast.model.cloud import Cloud, OperatorCertificate
from holdfast.model.cloudfile.reader import parse
from holdfast.model.material import AUTHORITY_FILE
from holdfast.model.pair import Pair
from holdfast.model.secret import Secret
from holdfast.strongbox import VaultError

CLOUD = parse(starter(3), WORDS)
NOW = datetime.now(UTC).replace(microsecond=0)


THEIRS = make_authority("theirs", NOW)
GOOD = issue(THEIRS, ("cloud.example", CLOUD.address), NOW)
OTHER = issue(THEIRS, ("cloud.example",), NOW)
STRANGER = make_authority("stranger", NOW)


def days(number: float) -> datetime:
    return NOW + timedelta(days=number)


@pytest.fixture
def made(tmp_path: Path) -> Certificates:
    return open_certificates(CLOUD, tmp_path, NOW)


def test_each_is_for_its_names_and_from_the_authority(made: Certificates) -> None:
    assert subject_names(made.address.certificate) == {CLOUD.name, CLOUD.address}
    for host in CLOUD.hosts:
        assert subject_names(made.hosts[host.name].certificate) == {host.name, host.address, CLOUD.address}
    pairs = (made.address, *made.hosts.values())
    assert all(issued_by(p.certificate, made.ca) for p in pairs)
    assert len({p.key.reveal() for p in pairs}) == len(pairs)


def test_lives(made: Certificates) -> None:
    assert expiry(made.address.certificate) == days(397)
    assert expiry(made.ca) == days(3650)


def handshake(made: Certificates, pair: Pair, folder: Path, name: str) -> str:
    for file, text in (("ca", made.ca), ("cert", pair.certificate), ("key", pair.key.reveal())):
        (folder / file).write_text(text)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(folder / "cert", folder / "key")
    client = ssl.create_default_context(cafile=str(folder / "ca"))
    client.verify_flags |= ssl.VERIFY_X509_STRICT
    ours, theirs = socket.socketpair()

    def serve() -> None:
        try:
            server.wrap_socket(theirs, server_side=True).close()
        except OSError:
            theirs.close()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        with client.wrap_socket(ours, server_hostname=name) as link:
            return str(link.version())
    except ssl.SSLCertVerificationError as error:
        return error.verify_message
    finally:
        ours.close()
        thread.join()


def test_strict_clients_accept_them(made: Certificates, tmp_path: Path) -> None:
    """Python 3.13 on the hosts refuses, by default, what RFC 5280 calls incomplete."""
    alpha = made.hosts["alpha"]
    for name in ("alpha", "198.18.0.11", "198.18.0.10"):
        assert handshake(made, alpha, tmp_path, name) == "TLSv1.3"
    assert handshake(made, made.address, tmp_path, CLOUD.name) == "TLSv1.3"
    assert "match" in handshake(made, alpha, tmp_path, "bravo")


def test_nothing_changes_while_nothing_is_due(made: Certificates, tmp_path: Path) -> None:
    before = (tmp_path / FILE).stat().st_mtime_ns
    assert open_certificates(CLOUD, tmp_path, days(260)) == made
    assert (tmp_path / FILE).stat().st_mtime_ns == before


def test_renewal_when_a_third_is_left(made: Certificates, tmp_path: Path) -> None:
    pem = made.address.certificate
    assert not needs_renewal(pem, days(264)) and needs_renewal(pem, days(265.5))
    assert life_left(pem, days(397)) == 0 and life_left(pem, NOW) > 0.99
    later = open_certificates(CLOUD, tmp_path, days(270))
    assert later.ca == made.ca
    assert expiry(later.address.certificate) == days(270 + 397)
    assert later.address.key != made.address.key


def test_what_is_near_its_end_is_reported_as_it_stands(made: Certificates, tmp_path: Path) -> None:
    late = open_certificates(CLOUD, tmp_path, days(390), keep=False, as_is=True)
    assert late.address.certificate == made.address.certificate
    renewed = open_certificates(CLOUD, tmp_path, days(390), keep=False)
    assert renewed.address.certificate != made.address.certificate


def test_a_renewed_authority_is_the_same_one(made: Certificates, tmp_path: Path) -> None:
    """What the old one issued stays valid under the new, and the other way round: no moment breaks a link."""
    later = open_certificates(CLOUD, tmp_path, days(2600))
    assert later.ca != made.ca and expiry(later.ca) == days(2600 + 3650)
    assert issued_by(made.address.certificate, later.ca) and issued_by(later.address.certificate, made.ca)


def test_no_certificate_outlives_its_authority() -> None:
    authority = make_authority("x", NOW)
    assert expiry(issue(authority, ("a",), days(3600)).certificate) == expiry(authority.certificate)


def test_other_names_mean_another_certificate(made: Certificates, tmp_path: Path) -> None:
    moved = replace(CLOUD, hosts=(replace(CLOUD.hosts[0], address="198.18.0.99"), *CLOUD.hosts[1:]))
    later = open_certificates(moved, tmp_path, NOW)
    assert subject_names(later.hosts["alpha"].certificate) == {"alpha", "198.18.0.99", CLOUD.address}
    assert later.hosts["bravo"] == made.hosts["bravo"] and later.ca == made.ca
    fewer = open_certificates(replace(CLOUD, hosts=CLOUD.hosts[:1]), tmp_path, NOW)
    assert set(fewer.hosts) == {"alpha"}
    assert "host.bravo" not in (tmp_path / FILE).read_text(), "a host that left leaves no key behind"


def test_a_pair_of_another_authority_is_replaced(made: Certificates, tmp_path: Path) -> None:
    stranger = issue(make_authority("other", NOW), ("alpha", "198.18.0.11", CLOUD.address), NOW)
    kept = json.loads((tmp_path / FILE).read_text())
    kept["host.alpha"] = {"certificate": stranger.certificate, "key": stranger.key.reveal()}
    (tmp_path / FILE).write_text(json.dumps(kept))
    assert issued_by(open_certificates(CLOUD, tmp_path, NOW).hosts["alpha"].certificate, made.ca)


@pytest.mark.parametrize(
    "text", ["", "[]", "null", '{"a":' * 50_000, '{"authority": {"certificate": "x", "key": "y"}}']
)
def test_a_damaged_file_is_refused(made: Certificates, tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_text(text)
    with pytest.raises(VaultError, match="damaged"):
        open_certificates(CLOUD, tmp_path, NOW)


@pytest.mark.parametrize("key", ["", "x", OTHER.key.reveal()], ids=["none", "no-key", "another"])
def test_a_key_that_is_not_its_certificates_is_damage(made: Certificates, tmp_path: Path, key: str) -> None:
    kept = json.loads((tmp_path / FILE).read_text())
    kept["authority"]["key"] = key
    (tmp_path / FILE).write_text(json.dumps(kept))
    with pytest.raises(VaultError, match="damaged"):
        open_certificates(CLOUD, tmp_path, NOW)


@pytest.mark.parametrize("kind", [os.mkdir, os.mkfifo], ids=["folder", "pipe"])
def test_what_is_no_file_is_refused_at_once(tmp_path: Path, kind: Callable[[Path], None]) -> None:
    kind(tmp_path / FILE)
    with pytest.raises(VaultError, match="damaged"):
        open_certificates(CLOUD, tmp_path, NOW, keep=False)


def test_keys_that_others_can_read_are_refused(made: Certificates, tmp_path: Path) -> None:
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600
    (tmp_path / FILE).chmod(0o644)
    with pytest.raises(VaultError, match="chmod 600"):
        open_certificates(CLOUD, tmp_path, NOW)


def own(folder: Path, pair: Pair, ca: str) -> Cloud:
    texts = {"c.pem": pair.certificate, "k.pem": pair.key.reveal(), "ca.pem": ca}
    for name, text in texts.items():
        (folder / name).write_text(text)
    paths = OperatorCertificate(*(str(folder / name) for name in texts))
    return replace(CLOUD, certificate=paths)


def test_the_operators_own_serves_the_address(tmp_path: Path) -> None:
    theirs = make_authority("theirs", NOW)
    pair = issue(theirs, ("cloud.example", CLOUD.address), NOW)
    made = open_certificates(own(tmp_path, pair, theirs.certificate), tmp_path / "v", NOW)
    assert made.address == pair
    assert issued_by(made.address.certificate, made.ca) and issued_by(
        made.hosts["alpha"].certificate, made.ca
    )
    assert not issued_by(made.hosts["alpha"].certificate, theirs.certificate)


def wrong(certificate: str, key: Secret, ca: str, at: datetime = NOW) -> str:
    errors = operator_errors(certificate, key, ca, CLOUD.address, at)
    return "; ".join(errors)


def test_what_is_wrong_with_an_own_certificate_is_said() -> None:
    ca = THEIRS.certificate
    assert not wrong(GOOD.certificate, GOOD.key, ca)
    assert wrong("x", GOOD.key, ca) == "the certificate is not a PEM certificate"
    assert wrong(GOOD.certificate, GOOD.key, "x") == "the CA is not a PEM certificate"
    assert wrong(GOOD.certificate, Secret("x"), ca) == "the key is not a PEM private key without a passphrase"
    assert wrong(GOOD.certificate, OTHER.key, ca) == "the key does not belong to the certificate"
    assert wrong(GOOD.certificate, GOOD.key, ca, days(398)).startswith("the certificate ended on")
    assert wrong(GOOD.certificate, GOOD.key, ca, days(-1)).startswith("the certificate begins only on")
    assert wrong(OTHER.certificate, OTHER.key, ca).endswith("and not for the address 198.18.0.10")
    assert wrong(GOOD.certificate, GOOD.key, STRANGER.certificate).startswith("the CA has not signed")
    both = wrong(OTHER.certificate, GOOD.key, STRANGER.certificate, days(398))
    assert both.count(";") == 3, "all that is wrong is said at once"


def test_a_chain_is_followed() -> None:
    bundle = STRANGER.certificate + THEIRS.certificate
    assert not wrong(GOOD.certificate, GOOD.key, bundle)
    assert not wrong(GOOD.certificate + THEIRS.certificate, GOOD.key, THEIRS.certificate)
    assert wrong(GOOD.certificate + STRANGER.certificate, GOOD.key, STRANGER.certificate)


def test_an_own_certificate_that_cannot_serve_is_refused_with_its_cure(tmp_path: Path) -> None:
    with pytest.raises(VaultError, match=r"not for the address 198\.18\.0\.10.*remove `tls`"):
        open_certificates(own(tmp_path, OTHER, THEIRS.certificate), tmp_path / "v", NOW)
    cloud = own(tmp_path, GOOD, THEIRS.certificate)
    (tmp_path / "k.pem").unlink()
    (tmp_path / "c.pem").write_bytes(b"\xff")
    with pytest.raises(VaultError) as caught:
        open_certificates(cloud, tmp_path / "v", NOW)
    assert "k.pem cannot be used: No such file" in str(caught.value)
    assert "c.pem cannot be used: it is not PEM" in str(caught.value)
    assert not (tmp_path / "v").exists(), "nothing is made before all is known to be sound"


def test_a_fault_of_the_operators_and_a_damaged_file_are_told_together(tmp_path: Path) -> None:
    cloud = own(tmp_path, OTHER, THEIRS.certificate)
    (tmp_path / FILE).mkdir()
    with pytest.raises(VaultError) as caught:
        open_certificates(cloud, tmp_path, NOW)
    assert [f.key for f in caught.value.faults] == [("tls",), ()]


def test_no_key_is_ever_printed(made: Certificates) -> None:
    assert "PRIVATE" not in repr(made)


def test_each_address_has_a_certificate_of_its_own(tmp_path: Path) -> None:
    cloud = parse((EXAMPLES / "networks.yaml").read_text(), WORDS)
    made = open_certificates(cloud, tmp_path, NOW)
    assert made.public is not None
    assert subject_names(made.address.certificate) == {cloud.name, cloud.address}
    assert subject_names(made.public.certificate) == {cloud.name, cloud.public_address}
    assert open_certificates(CLOUD, tmp_path / "one", NOW).public is None


def test_the_inside_trusts_the_own_authority_alone(tmp_path: Path) -> None:
    """A public CA would let anybody with a certificate of it into the database's and the bus's groups."""
    own = {"certificate": GOOD.certificate, "key": GOOD.key.reveal(), "ca": THEIRS.certificate}
    for name, text in own.items():
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o600)
    paths = OperatorCertificate(*(str(tmp_path / name) for name in own))
    made = open_certificates(replace(CLOUD, certificate=paths), tmp_path / "kept", NOW)
    assert THEIRS.certificate in made.ca and THEIRS.certificate not in made.authority
    pairs = made.hosts
    site = replace(site_of(CLOUD), ca=made.ca, authority=made.authority, host_pairs=pairs)
    inside = {path: f.content for (_, path), f in files_of(site).items() if path.endswith("/ca.pem")}
    assert inside.pop("/etc/holdfast/ca.pem") == made.ca
    assert len(inside) >= 2 and set(inside.values()) == {made.authority}
    assert all(site.offer(kind, "keystone").ca == AUTHORITY_FILE for kind in ("database", "bus"))


def test_the_operators_own_is_for_the_public_address_alone(tmp_path: Path) -> None:
    cloud = parse((EXAMPLES / "networks.yaml").read_text(), WORDS)
    theirs = make_authority("theirs", NOW)
    pair = issue(theirs, ("cloud.example.org", cloud.public_address), NOW)
    files = [tmp_path / name for name in ("cert.pem", "key.pem", "ca.pem")]
    for path, text in zip(files, (pair.certificate, pair.key.reveal(), theirs.certificate), strict=True):
        path.write_text(text)
    own = replace(cloud, certificate=OperatorCertificate(*map(str, files)))
    made = open_certificates(own, tmp_path / "state", NOW)
    assert made.public is not None and made.public.certificate.strip() == pair.certificate.strip()
    assert issued_by(made.public.certificate, theirs.certificate)
    assert not issued_by(made.address.certificate, theirs.certificate)
    assert issued_by(made.address.certificate, made.ca) and issued_by(made.public.certificate, made.ca)
