"""What identity has on record for every other service, made by one program once for each change of it."""

from __future__ import annotations

import json
from hashlib import sha256

from holdfast.components.programs import program
from holdfast.components.questions.provision import registered
from holdfast.model.address import at_port
from holdfast.model.catalogue import Here, Site
from holdfast.model.material import AUTHORITY_FILE
from holdfast.model.parts import Once, Registration, When
from holdfast.model.plan import PutFile
from holdfast.model.question import Question

REGISTER = "/usr/libexec/holdfast/identity_register.py"
REGISTERED = "/usr/libexec/holdfast/identity_registered.py"
SIDES = ("admin", "internal", "public")
PROJECT = "service"


def sides(site: Site, port: int, path: str) -> dict[str, str]:
    """The URL of each side: the public one on the public address, the others on the internal one."""
    cloud = site.cloud
    addresses = {side: cloud.public_address if side == "public" else cloud.address for side in SIDES}
    return {side: f"https://{at_port(address, port)}{path}" for side, address in addresses.items()}


def programs() -> tuple[PutFile, ...]:
    """What registers, and what tells who is registered."""
    names = ("identity_register.py", "identity_registered.py")
    paths = (REGISTER, REGISTERED)
    return tuple(PutFile(path, program(name)) for path, name in zip(paths, names, strict=True))


def on_record(
    here: Here,
    name: str,
    text: str,
    endpoints: list[list[str]],
    assignments: list[list[str]],
    config: str,
    roles: tuple[str, ...] = (),
) -> Question:
    """Whether these are there. Asked of the database, before any API need run.

    An endpoint is [type, interface, region, URL], an assignment [user, role, project or "the system" or
    "the domain <name>"].
    """
    argv = ["runuser", "-u", here.component.service, "--", here.site.release.python, "-I", REGISTERED, config]
    region = here.site.cloud.region
    arguments = {
        "argv": argv,
        "region": region,
        "endpoints": endpoints,
        "assignments": assignments,
        "roles": list(roles),
    }
    return Question(name, registered, text, arguments, deadline=15)


def _wanted(site: Site) -> tuple[Registration, ...]:
    return tuple(each for component in site.catalogue for each in component.registrations)


def _endpoints(site: Site) -> list[list[str]]:
    """[type, interface, URL] of all."""
    return [
        [each.kind, side, url]
        for each in _wanted(site)
        if each.kind
        for side, url in sides(site, each.port, each.path).items()
    ]


def _given(site: Site) -> tuple[str, ...]:
    """The roles that services assign to others."""
    return tuple(dict.fromkeys(role for each in _wanted(site) for role in each.gives))


def _user(site: Site, wanted: Registration) -> dict[str, object]:
    password = site.secret(wanted.secret).reveal()
    return {"password": password, "roles": list(wanted.roles), "domain": wanted.domain}


def _where(registration: Registration) -> str:
    return f"the domain {registration.domain}" if registration.domain else PROJECT


def registrations(here: Here, port: int, config: str) -> tuple[Once, ...]:
    """The work that registers all services, over this host's own API; none where there is no other."""
    site = here.site
    told = {
        "url": f"https://{at_port(here.host.address, port)}/v3",
        "password": site.secret("admin").reveal(),
        "region": site.cloud.region,
        "users": {each.user: _user(site, each) for each in _wanted(site)},
        "roles": _given(site),
        "endpoints": _endpoints(site),
    }
    region = site.cloud.region
    endpoints = [[kind, side, region, url] for kind, side, url in _endpoints(site)]
    assignments = [[each.user, role, _where(each)] for each in _wanted(site) for role in each.roles]
    text = "the users and endpoints of all services are there"
    content = json.dumps({name: value for name, value in told.items() if name != "url"}, sort_keys=True)
    return (
        Once(
            id="services",
            when=When.AFTER_START,
            why="a user and endpoints on the address for each service",
            argv=("/usr/bin/python3", "-I", REGISTER, AUTHORITY_FILE),
            stdin=json.dumps(told),
            digest=sha256(content.encode()).hexdigest(),
            holds=on_record(here, "services-registered", text, endpoints, assignments, config, _given(site)),
        ),
    )
