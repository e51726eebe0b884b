"""Reads a cloud file: a whole, valid Cloud, or all its errors at once, with lines, reasons and cures."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from ipaddress import ip_network
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from pydantic import ValidationError

from holdfast.model.cloud import Cloud, Host, OperatorCertificate, Promise, SecretSource
from holdfast.model.cloudfile.addressing import addresses
from holdfast.model.cloudfile.cards import cards
from holdfast.model.cloudfile.coherence import RULES, Reading, Vocabulary
from holdfast.model.cloudfile.complaint import complaint
from holdfast.model.cloudfile.errors import CloudFileError, CloudFileErrors
from holdfast.model.cloudfile.networks import networks
from holdfast.model.cloudfile.risks import risks
from holdfast.model.cloudfile.schema import CardSection, CloudSection, HostSection, StorageSection
from holdfast.model.cloudfile.storage import storage
from holdfast.model.cloudfile.tree import Table, grow, plain
from holdfast.model.network import Bond, Card, Network, Purpose
from holdfast.model.storage import Storage

LARGEST = 1024 * 1024
"""Bytes; a cloud file of a thousand hosts has a tenth of that."""

_NEW = "write a starter with `holdfast new --out FILE`"


def read(path: Path, words: Vocabulary) -> Cloud:
    """The cloud of a file; see `read_text`."""
    return read_text(text_of(path), path, words)


def read_text(text: str, path: Path, words: Vocabulary) -> Cloud:
    """The cloud of a file's text; paths in it are made absolute, from the file's folder.

    Services, roles, files, faults and secrets are judged by the `words` there are. Raises CloudFileErrors.
    """
    with _of(path):
        cloud = parse(text, words)
    return _located(cloud, path.resolve().parent)


def text_of(path: Path) -> str:
    """What a cloud file says. Raises CloudFileErrors, where it is no text that can be one."""
    with _of(path):
        return _text(path)


def read_stream(stream: BinaryIO) -> str:
    """What a cloud file says that comes by a pipe. Raises CloudFileErrors, as `text_of` does."""
    with _of(Path("-")):
        raw = stream.read(LARGEST + 1)
        return _sized(raw, len(raw))


@contextmanager
def _of(path: Path) -> Iterator[None]:
    """Errors name the file that they are of."""
    try:
        yield
    except CloudFileErrors as found:
        raise CloudFileErrors(found.errors, str(path)) from None


def parse(text: str, words: Vocabulary) -> Cloud:
    """The cloud of a text; see `read`. Raises CloudFileErrors, and nothing else."""
    tree, errors = grow(text)
    if tree is None:
        raise CloudFileErrors(errors or [_bare("there is nothing in it", "no key stands here", _NEW)])
    if not isinstance(tree, Table):
        cure = "begin with `name:`; see docs/cloud-file.md"
        raise CloudFileErrors(
            [*errors, _bare("this is not a mapping", "a cloud file is keys and values", cure)]
        )
    # A key with nothing after it, at the top, is a key not given: as when all below is commented out.
    values = {key: value for key, value in plain(tree).items() if value is not None}
    section, bad = None, frozenset[tuple[str | int, ...]]()
    try:
        section = CloudSection.model_validate(values)
    except ValidationError as invalid:
        found = invalid.errors(include_url=False, include_context=True, include_input=False)
        bad = frozenset(e["loc"] for e in found)
        errors += (complaint(tree, e["type"], e["loc"], e.get("ctx", {})) for e in found)
    reading = Reading(tree, bad, words)
    rules = (networks, addresses, cards, storage, *RULES, risks)
    errors += chain.from_iterable(rule(reading) for rule in rules)
    if errors or section is None:
        raise CloudFileErrors(errors)
    return _cloud(section, words)


def _text(path: Path) -> str:
    """The file's text, looked at before it is read. Raises CloudFileErrors."""
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise _one("this is a folder", "a cloud file is one file", "name a file in it, with --cloud FILE")
        if not stat.S_ISREG(status.st_mode):
            raise _one("this is not a regular file", "a device or pipe may never end", "name a regular file")
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        why = (error.strerror if isinstance(error, OSError) else "") or str(error)
        raise _one(
            "the file cannot be read", why, f"correct the path or its permissions, or {_NEW}"
        ) from None
    return _sized(raw, status.st_size)


def _sized(raw: bytes, size: int) -> str:
    """The text of what was read of so many bytes, which is all of it unless there are too many."""
    if size > LARGEST:
        told = f"the file is too large ({size / LARGEST:.1f} MiB)"
        raise _one(told, "a cloud file has at most 1 MiB", "name another file")
    if not raw.strip():
        raise _one("the file is empty", f"it has {len(raw)} bytes and no text", _NEW)
    return _decoded(raw)


def _decoded(raw: bytes) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start]
        line, column = before.count(b"\n") + 1, error.start - (before.rfind(b"\n") + 1) + 1
        why = f"byte 0x{raw[error.start]:02x} is not UTF-8"
        cure = "save the file as UTF-8, or check that it is the file you meant"
        raise CloudFileErrors([CloudFileError(line, column, "this is not text", why, cure)]) from None


def _bare(what: str, why: str, cure: str) -> CloudFileError:
    return CloudFileError(1, 1, what, why, cure)


def _one(what: str, why: str, cure: str) -> CloudFileErrors:
    return CloudFileErrors([_bare(what, why, cure)])


def _located(cloud: Cloud, folder: Path) -> Cloud:
    def absolute(path: str) -> str:
        return str(folder / Path(path).expanduser()) if path else ""

    own = cloud.certificate
    if own is not None:
        own = OperatorCertificate(absolute(own.certificate), absolute(own.key), absolute(own.ca))
    return replace(cloud, certificate=own, ssh_key=absolute(cloud.ssh_key))


def _text_of(value: object) -> str:
    """What the file says; "" where it says nothing."""
    return "" if value is None else str(value)


def _networks(section: CloudSection) -> tuple[Network, ...]:
    """The networks, that for management first."""
    if section.network is not None:
        one = section.network
        return (Network(one.name, _cidr(one.cidr), virtual_address=str(one.virtual_address)),)
    found = [
        Network(
            name=name,
            cidr=_cidr(entry.cidr),
            purposes=frozenset(entry.purposes),
            virtual_address=_text_of(entry.virtual_address),
            gateway=_text_of(entry.gateway),
            mtu=entry.mtu,
        )
        for name, entry in (section.networks or {}).items()
    ]
    return tuple(sorted(found, key=lambda network: Purpose.MANAGEMENT not in network.purposes))


def _cidr(text: str | None) -> str:
    return str(ip_network(text)) if text else ""


def _card(network: Network, section: CardSection, address: str) -> Card:
    return Card(
        network=network,
        address=address or _text_of(section.address),
        interface=section.interface or "",
        mac=section.mac or "",
        vlan=section.vlan or 0,
        manage=section.manage,
    )


def _host(section: HostSection, networks: tuple[Network, ...], words: Vocabulary) -> Host:
    own, nothing = networks[0].name, CardSection.model_validate({})
    described = {own: nothing} | section.cards
    address = str(section.address)
    return Host(
        name=section.name,
        address=address,
        roles=words.expanded(section.roles),
        zone=section.zone or "",
        ssh_user=section.ssh.user,
        ssh_port=section.ssh.port,
        ssh_jump=section.ssh.jump or "",
        cards=tuple(
            _card(network, described[network.name], address if network.name == own else "")
            for network in networks
            if network.name in described
        ),
        storage=_storage(section.storage),
        bonds=tuple(Bond(name, tuple(b.members), b.mode) for name, b in section.bonds.items()),
    )


def _storage(section: StorageSection | None) -> Storage | None:
    return Storage(section.device or "", section.file_gib or 0) if section else None


def _cloud(section: CloudSection, words: Vocabulary) -> Cloud:
    tls, networks = section.tls, _networks(section)
    return Cloud(
        name=section.name,
        release=section.release,
        hosts=tuple(_host(h, networks, words) for h in section.hosts),
        networks=networks,
        services=tuple(section.services),
        region=section.region,
        promises=tuple(
            Promise(fault, kind, seconds)
            for fault, kinds in section.promises.items()
            for kind, seconds in kinds.items()
        ),
        timers=section.timers,
        firewall=section.firewall,
        time_servers=tuple(section.time_servers),
        secrets={name: SecretSource(*source.source()) for name, source in section.secrets.items()},
        certificate=OperatorCertificate(tls.certificate, tls.key, tls.ca) if tls else None,
        ssh_key=section.ssh_key or "",
        config=section.config,
        accepted=tuple(section.accept),
    )
