"""All that a client outside the hosts needs to reach what the cloud offers."""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace

from holdfast.model.address import at_port
from holdfast.model.catalogue import Site
from holdfast.model.component import Component
from holdfast.model.endpoint import Endpoint
from holdfast.model.entrance import entrance
from holdfast.model.secret import Secret


@dataclass(frozen=True)
class Node:
    """One host by name and own address."""

    name: str
    address: str


@dataclass(frozen=True)
class Door:
    """The way in to one kind of offer, and the hosts behind it."""

    endpoint: Endpoint
    nodes: tuple[Node, ...]


@dataclass(frozen=True)
class Sample:
    """Something that a client may get from an API with a token: `kind` is its class of operation.

    `path` is below `url`, and may have the id of the token's project in it, as `%(project_id)s`.
    """

    kind: str
    url: str
    path: str

    def of(self, project: str) -> str:
        """Its URL for clients of a project."""
        return self.url + self.path.replace("%(project_id)s", project)


@dataclass(frozen=True)
class Access:
    """The address, a door by each kind of offer, and samples of the APIs.

    `ca` (PEM) is whom clients of the address trust, `authority` whom they trust behind it: the own one alone.
    `token` is what its clients of APIs go on with, for the `project` of that id; without it they log in by
    password.
    """

    address: str
    ca: str
    region: str
    doors: Mapping[str, Door]
    samples: tuple[Sample, ...] = ()
    token: Secret | None = None
    project: str = ""
    authority: str = ""

    def door(self, kind: str) -> Door:
        """The way in to a kind of offer. Raises KeyError where the cloud has none."""
        return self.doors[kind]


def access_to(site: Site) -> Access:
    """The way in for the proving client."""
    doors = {}
    for placed in site.placed:
        nodes = tuple(Node(host.name, host.address) for host in placed.hosts)
        for offer in placed.component.offers:
            doors[offer.kind] = Door(entrance(site, offer.kind, offer.prover), nodes)
    samples = _samples(site.catalogue, site.cloud.public_address)
    return Access(site.cloud.address, site.ca, site.cloud.region, doors, samples, authority=site.inside_ca)


def access_on_paper(components: Iterable[Component]) -> Access:
    """What clients of these components would have, in a cloud that is nowhere: doors that lead to no host."""
    components = tuple(components)
    doors = {kind: Door(Endpoint((), 0), ()) for component in components for kind in component.kinds}
    return Access("", "", "", doors, _samples(components, ""))


def _samples(components: Iterable[Component], address: str) -> tuple[Sample, ...]:
    return tuple(
        Sample(f"{f.name}.get", f"https://{at_port(address, f.port)}", f.sample_path)
        for component in components
        for f in component.frontends
        if f.sample_path
    )


def pack(access: Access) -> str:
    """One JSON line WITH the secrets in clear: for a child's standard input only, never for a file."""
    plain = asdict(access)
    for kind, door in access.doors.items():
        plain["doors"][kind]["endpoint"]["secret"] = door.endpoint.password or None
    plain["token"] = access.token.reveal() if access.token else None
    return json.dumps(plain)


def unpack(text: str) -> Access:
    """The reverse of `pack`; ValueError, KeyError or TypeError on anything else."""
    plain = json.loads(text)
    doors = {
        kind: Door(_endpoint(door["endpoint"]), tuple(Node(**node) for node in door["nodes"]))
        for kind, door in plain.pop("doors").items()
    }
    samples = tuple(Sample(**sample) for sample in plain.pop("samples"))
    token = plain.pop("token")
    return Access(**plain, doors=doors, samples=samples, token=Secret(token) if token else None)


def _endpoint(plain: dict[str, object]) -> Endpoint:
    made = Endpoint(**{**plain, "secret": None})  # type: ignore[arg-type]
    secret = Secret(str(plain["secret"])) if plain["secret"] else None
    return replace(made, addresses=tuple(made.addresses), secret=secret)


def trust(ca: str) -> ssl.SSLContext:
    """A context that trusts `ca` alone, and asks for the name that the client came to."""
    return ssl.create_default_context(cadata=ca)
