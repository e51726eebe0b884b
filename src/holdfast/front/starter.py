"""Writes starter cloud files: complete, commented, and deployable in the lab as they are."""

from __future__ import annotations

import textwrap
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Literal

from holdfast.artefact import known_series
from holdfast.components import enabled, services
from holdfast.model.errors import BadInput, CannotWrite
from holdfast.model.role import CONTROLLER, Role
from holdfast.model.service import Service


class WrongNetwork(BadInput):
    """No starter can be on a network like this; the text says why, and the cure."""


class WrongName(BadInput):
    """No cloud can be called so; the text says why, and the cure."""


class NoStarter(CannotWrite):
    """A starter could not be written; the text says why, and the cure."""


Size = Literal[1, 3, 5]
"""A quorum needs an odd number, and more than five members only slow it down."""

NAMES: dict[Size, str] = {1: "one-host", 3: "three-controllers", 5: "five-controllers"}
LAB = "198.18.0.0/24"
FIRST = 10
"""The number within the network of the address that clients use; the hosts' follow."""

HOSTS = ("alpha", "bravo", "charlie", "delta", "echo")

_HEAD = """\
# A cloud file for Holdfast: the whole design of a control plane in one place.
# Every key is explained in docs/cloud-file.md. Try it:
#
#   holdfast check --cloud FILE    is the design sound, and how long would each fail-over take?
#   holdfast lab up --cloud FILE   these hosts as machines on this one (needs root)
#   holdfast plan --cloud FILE     what would be done on each host, and why
#   holdfast apply --cloud FILE    do it
"""

_ALONE = """\
#
# One host is NOT highly available: when it is down, all is down, and `holdfast check` says so.
# It runs the same software as three do, so it can grow: add two hosts, then apply again.
"""

_MANY = """\
#
# With {hosts} controllers any {lost} can be lost and the others go on: {majority} of {hosts} are a majority.
"""

_CLOUD = """\

# The cloud's name: a letter, then letters, digits and hyphens. Secrets are kept under .holdfast/<name>/
# beside this file; keep them safe, and out of version control.
name: {name}

# The OpenStack series to install.
release: "{release}"

network:
  name: control
  # The network that all hosts are on.{lab}
  cidr: {network}
  # The address that clients use. It moves between hosts by itself, so no host and no DHCP may have it.
  virtual_address: {address}

{roles}
hosts:
"""

_STORAGE = """\
    # Where it keeps the cloud's data. A file is for trials; give a whole disk: {device: /dev/disk/by-id/...}
"""
_ZONE = """\
    # What fails together with this host: its rack, its power feed. Give each host its real one.
"""

_TAIL = """\

# The services wanted; what they need (database, messages, ...) comes with them.
services:
{services}
# tuned: fail-over within seconds, as promised. stock: every timer as its software ships it.
timers: tuned

# Time servers to follow: put in three or more of your organisation's, so that a wrong one is outvoted. With
# none the hosts agree on a time among themselves, right or wrong, and `holdfast check` calls that unknown.
time_servers: []

# Your own promises replace the built-in ones: at most this many seconds without success, for a fault
# and a class of operation. `holdfast check` says whether the timers can hold them.
#
# promises:
#   {fault}:
#     {kind}: {seconds:g}

# Secrets of your own, by name, from an environment variable or a command. All others are made once.
#
# secrets:
#   {secret}: {{env: CLOUD_{variable}}}

# Your own certificate for the address (PEM files). Without it Holdfast's own authority issues one.
#
# tls: {{certificate: address.pem, key: address.key, ca: ca.pem}}

# The key that logs in to the hosts. A lab brings its own.
#
# ssh_key: ~/.ssh/id_ed25519
"""


def starter(hosts: Size, name: str = "", network: str = LAB) -> str:
    """A cloud file's text for that many hosts, named for its size where no name is given.

    Raises WrongNetwork.
    """
    lost, ground = hosts // 2, _ground(network)
    note = _ALONE if hosts == 1 else _MANY.format(hosts=hosts, lost=lost, majority=lost + 1)
    cloud = _CLOUD.format(
        name=name or NAMES[hosts],
        release=known_series()[-1],
        roles=_about_roles(),
        network=ground,
        address=ground[FIRST],
        lab=" This one is for labs (RFC 2544): change it to yours." if network == LAB else "",
    )
    return _HEAD + note + cloud + _machines(hosts, ground) + _tail()


def named(hosts: Size, name: str, network: str) -> str:
    """The same for words that somebody gave. Raises WrongNetwork, WrongName."""
    from holdfast.front.project import vocabulary
    from holdfast.model.cloudfile.errors import CloudFileErrors
    from holdfast.model.cloudfile.reader import parse

    text = starter(hosts, name, network)
    try:
        parse(text, vocabulary())
    except CloudFileErrors as found:
        why = "; ".join(f"{error.what}: {error.why}; {error.cure}" for error in found.errors)
        raise WrongName(f"--name: {name!r} makes no cloud file: {why}") from None
    return text


def _ground(network: str) -> IPv4Network | IPv6Network:
    try:
        ground = ip_network(network)
    except ValueError as error:
        raise WrongNetwork(f"--network: {error}; give one as 192.0.2.0/24") from None
    if ground.num_addresses <= FIRST + max(NAMES) + 1:
        raise WrongNetwork(
            f"--network: {network} is too small for the addresses from its tenth on; take a /27"
        )
    return ground


def write_new(path: Path, text: str) -> None:
    """Writes a file that must not be there yet, whole or not at all. Raises NoStarter."""
    try:
        with path.open("x", encoding="utf-8") as file:
            try:
                file.write(text)
                file.flush()
            except OSError:
                path.unlink()
                raise
    except OSError as error:
        cure = "choose another name, or make room there"
        raise NoStarter(f"{path}: {error.strerror}; nothing was written, {cure}") from None


def _about_roles() -> str:
    """What stands above the machines: every role that a controller takes together, and which must be odd."""
    together = [role for service in services() for role in service.roles if role.in_controller]
    odd = [role.name for role in together if role.quorum]
    words = (
        f"The machines. `{CONTROLLER}` is these roles in one: {', '.join(role.name for role in together)}.",
        "They can be apart: see examples/split-roles.yaml, and docs/cloud-file.md for what each is. The",
        f"number of hosts with {', and with '.join(odd)}, must be odd, so that one side of a split always",
        "has a majority.",
    )
    return textwrap.fill(" ".join(words), 110, initial_indent="# ", subsequent_indent="# ")


def _asked_for() -> tuple[Service, ...]:
    """The services that a starter begins with: those that clients come to and that stand on no other such."""
    published = [service for service in services() if service.published]
    offered = {kind for service in published for part in service.parts for kind in part.kinds}
    return tuple(s for s in published if not any(offered & {*part.needs} for part in s.parts))


def _beside() -> tuple[Role, ...]:
    """What each machine is for beside being a controller: whatever else the services run on."""
    wanted = {part.role for part in enabled([service.name for service in _asked_for()])}
    declared = (role for service in services() for role in service.roles)
    return tuple(role for role in declared if role.name in wanted and not role.in_controller)


def _machines(hosts: int, ground: IPv4Network | IPv6Network) -> str:
    text, held = "", ", ".join((CONTROLLER, *(role.name for role in _beside())))
    keeps = any(role.storage for role in _beside())
    for number, name in enumerate(HOSTS[:hosts], 1):
        text += f"  - name: {name}\n    address: {ground[FIRST + number]}\n    roles: [{held}]\n"
        if hosts > 1:
            text += (_ZONE if number == 1 else "") + f"    zone: rack-{number}\n"
        if keeps:
            text += (_STORAGE if number == 1 else "") + "    storage: {file_gib: 8}\n"
        if number == 1:
            text += "    # ssh: {user: root, port: 22}\n"
    return text


def _tail() -> str:
    wanted = _asked_for()
    more = [service for service in services() if service.published and service not in wanted]
    parts = [part for service in wanted for part in service.parts]
    lines = [f"  - {service.name}  # {service.parts[0].summary}\n" for service in wanted]
    lines += [f"  # - {service.name}  # {service.parts[0].summary}\n" for service in more]
    promise = next(p for part in parts for p in part.promises)
    secret = next(n for part in parts for n in part.secrets if not n.startswith("key."))
    return _TAIL.format(
        services="".join(lines),
        fault=promise.fault,
        kind=promise.kind,
        seconds=promise.seconds,
        secret=secret,
        variable=secret.upper().replace(".", "_"),
    )
