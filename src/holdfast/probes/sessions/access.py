"""All that a client needs to reach the cloud."""

from __future__ import annotations

import json
import ssl
from dataclasses import asdict, dataclass

from holdfast.model.component import Capability
from holdfast.model.places import frontend_of
from holdfast.model.secret import Secret
from holdfast.model.site import Site

BUS_PORT = 5671
ALIVE_PORT = 8404
ALIVE_PATH = "/alive"
CLIENT = "holdfast"
SECRETS = ("admin", "database", "bus", "token")


@dataclass(frozen=True)
class Node:
    """One host by name and own address."""

    name: str
    address: str


@dataclass(frozen=True)
class Access:
    """Addresses, ports, the issuing CA (PEM) and the three secrets of the proving client.

    `token` is what its clients of the identity API go on with; without it they log in by password.
    """

    address: str
    ca: str
    identity_port: int
    database_port: int
    identity_nodes: tuple[Node, ...]
    database_nodes: tuple[Node, ...]
    bus_nodes: tuple[Node, ...]
    admin: Secret
    database: Secret
    bus: Secret
    bus_port: int = BUS_PORT
    token: Secret | None = None

    @property
    def alive_url(self) -> str:
        """Answers 200 where the address answers at all: no backend is behind it."""
        return alive_url(self.address)

    @property
    def identity_url(self) -> str:
        """The identity API on the address, without the version."""
        return f"https://{self.address}:{self.identity_port}"


def alive_url(address: str) -> str:
    """The balancer's aliveness page on an address."""
    return f"http://{address}:{ALIVE_PORT}{ALIVE_PATH}"


def access_to(site: Site) -> Access:
    """The way in for a client outside the hosts; KeyError names a capability or a secret that is missing."""

    def nodes(capability: Capability) -> tuple[Node, ...]:
        return tuple(Node(h.name, h.address) for h in site.hosts_of(site.providing(capability)))

    return Access(
        address=site.cloud.address,
        ca=site.ca,
        identity_port=frontend_of(site, Capability.IDENTITY).port,
        database_port=frontend_of(site, Capability.DATABASE).port,
        identity_nodes=nodes(Capability.IDENTITY),
        database_nodes=nodes(Capability.DATABASE),
        bus_nodes=nodes(Capability.MESSAGING),
        admin=site.secret("admin"),
        database=site.secret(f"database.{CLIENT}"),
        bus=site.secret(f"bus.{CLIENT}"),
    )


def write_access(access: Access) -> str:
    """One JSON line WITH the secrets in clear: for a child's standard input only, never for a file."""
    plain = asdict(access)
    for name in SECRETS:
        secret = getattr(access, name)
        plain[name] = secret.reveal() if secret else None
    return json.dumps(plain)


def read_access(line: str) -> Access:
    """The reverse of `write_access`; ValueError or KeyError on anything else."""
    plain = json.loads(line)
    for name in SECRETS:
        plain[name] = Secret(plain[name]) if plain[name] else None
    for name in ("identity_nodes", "database_nodes", "bus_nodes"):
        plain[name] = tuple(Node(**node) for node in plain[name])
    return Access(**plain)


def trust(ca: str, *, names: bool = True) -> ssl.SSLContext:
    """A context that trusts `ca` alone. `names` False skips the peer's name: behind a pass-through the
    certificate is the backend's own, while the client knows only the address."""
    context = ssl.create_default_context(cadata=ca)
    context.check_hostname = names
    return context
