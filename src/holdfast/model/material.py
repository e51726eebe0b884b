"""Where certificates, keys and password hashes land on a host: pure functions from values to files."""

from __future__ import annotations

import base64
import hashlib

from holdfast.model.catalogue import Here
from holdfast.model.plan import PutFile
from holdfast.model.secret import Secret

CA_FILE = "/etc/holdfast/ca.pem"
"""Whom clients of the addresses trust: the own authority, and the operator's where he brought one."""

AUTHORITY_FILE = "/etc/holdfast/authority.pem"
"""Whom the cloud's parts trust among themselves: the own authority alone."""

SANDBOX = """NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectControlGroups=yes
"""
"""Lines of a unit whose program neither changes files of the system nor needs its devices and kernel."""


def pair_files(here: Here, folder: str, group: str) -> tuple[PutFile, ...]:
    """The host's own `cert.pem` and `key.pem`, and the own authority as `ca.pem`; the key is for root and
    `group` only."""
    pair = here.site.host_pairs[here.host.name]
    return (
        PutFile(f"{folder}/ca.pem", here.site.inside_ca),
        PutFile(f"{folder}/cert.pem", pair.certificate),
        PutFile(f"{folder}/key.pem", pair.key.reveal(), group=group, mode=0o640, secret=True),
    )


def salted_sha256(password: Secret) -> str:
    """A password hash as message brokers keep it: base64(salt + sha256(salt + password)), 4 bytes of salt.

    The salt comes from the (random, 32 character) password itself, so that the same site always
    yields the same file and a plan shows no change where there is none.
    """
    text = password.reveal().encode()
    salt = hashlib.sha256(b"salt" + text).digest()[:4]
    return base64.b64encode(salt + hashlib.sha256(salt + text).digest()).decode()


def drop_in(unit: str, lines: str) -> PutFile:
    """A drop-in for a distribution's unit, under Holdfast's own name."""
    return PutFile(f"/etc/systemd/system/{unit}.d/holdfast.conf", lines)


def milliseconds(seconds: float) -> str:
    """Seconds as whole milliseconds with their unit."""
    return f"{round(seconds * 1000)}ms"
