"""Opens what is kept beside a cloud file and what its operator brings: all of it, or every fault of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from holdfast.model.secret import Secret
from holdfast.strongbox import Fault, VaultError, collecting

if TYPE_CHECKING:
    from holdfast.certificates import Certificates
    from holdfast.front.project import Project
    from holdfast.hosts.login import Login


@dataclass(frozen=True)
class Opened:
    """Secrets by name, and the certificates."""

    secrets: Mapping[str, Secret]
    certificates: Certificates


def open_all(project: Project, now: datetime) -> Opened:
    """What a site is made of. Raises VaultError with every fault of it, and of the key that logs in.

    What is made is written down, where the project keeps it, once all is known to be sound.
    """
    from holdfast.certificates import open_certificates
    from holdfast.unlock import own_secrets
    from holdfast.vault import open_secrets, secret_names

    cloud, folder, as_is = project.cloud, project.state, project.as_is
    names = [n for n in secret_names(project.catalogue) if project.own or n not in cloud.secrets]
    brought: Mapping[str, Secret] = {}
    faults: list[Fault] = []
    with collecting(faults):
        brought = own_secrets(cloud, names)
    with collecting(faults):
        secrets = open_secrets(folder, names, brought, keep=False)
    with collecting(faults):
        certificates = open_certificates(cloud, folder, now, keep=False, as_is=as_is)
    with collecting(faults):
        _check(project.login)
    if faults:
        raise VaultError(*faults)
    if project.keep:
        secrets = open_secrets(folder, names, brought)
        certificates = open_certificates(cloud, folder, now, as_is=as_is)
    return Opened(secrets, certificates)


@contextmanager
def with_lines(path: Path, text: str) -> Iterator[None]:
    """Tells of each fault where its cause stands in the cloud file's text, where it stands there."""
    try:
        yield
    except VaultError as error:
        raise VaultError(*(_placed(path, text, fault) for fault in error.faults)) from None


def _check(login: Login) -> None:
    from holdfast.hosts.login import NoLogin

    try:
        login.check()
    except NoLogin as error:
        raise VaultError(Fault(f"ssh_key: {error}", ("ssh_key",))) from None


def _placed(path: Path, text: str, fault: Fault) -> Fault:
    from holdfast.model.cloudfile.tree import grow, place_of

    if not fault.key:
        return fault
    tree, _ = grow(text)
    place = place_of(tree, fault.key, key=True)
    return Fault(f"{path}: line {place.line}, column {place.column}: {fault.text}", fault.key)
