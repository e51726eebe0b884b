"""Users, virtual hosts and rights on the bus: read at a first start, then kept as work done once.

What Holdfast makes carries a tag, so that what left the cloud file can be told from what others made.
"""

from __future__ import annotations

import json
from hashlib import sha256

from holdfast.components.programs import program
from holdfast.components.questions.provision import bus_as_defined
from holdfast.model.catalogue import Here, Site
from holdfast.model.material import salted_sha256
from holdfast.model.parts import Once, When
from holdfast.model.plan import PutFile
from holdfast.model.question import Question
from holdfast.model.secret import Secret

MONITOR = "monitor"
OURS = "holdfast"
PATH = "/etc/rabbitmq/definitions.json"
PROGRAM = "/usr/libexec/holdfast/bus_definitions.py"


def _user(name: str, password: Secret, *tags: str) -> dict[str, object]:
    return {
        "name": name,
        "password_hash": salted_sha256(password),
        "hashing_algorithm": "rabbit_password_hashing_sha256",
        "tags": [*tags, OURS],
        "limits": {},
    }


def definitions(site: Site) -> str:
    """All of them, as the broker imports them."""
    buses = [b for component in site.catalogue for b in component.buses]
    hosts = dict.fromkeys(b.virtual_host for b in buses)
    users = [_user(b.user, site.secret(b.secret)) for b in buses]
    users.append(_user(MONITOR, site.secret(f"bus.{MONITOR}"), "monitoring"))
    grants = [
        {"user": b.user, "vhost": b.virtual_host, "configure": b.configure, "write": b.write, "read": b.read}
        for b in buses
    ]
    grants += [
        {"user": MONITOR, "vhost": host, "configure": "^$", "write": "^$", "read": "^$"} for host in hosts
    ]
    metadata = {"default_queue_type": "quorum", "tags": [OURS]}
    vhosts = [{"name": host, "metadata": metadata} for host in hosts]
    return json.dumps({"users": users, "vhosts": vhosts, "permissions": grants}, indent=1) + "\n"


def files(here: Here) -> tuple[PutFile, ...]:
    """The definitions, and the program that compares the bus with them."""
    return (
        PutFile(PATH, definitions(here.site), group="rabbitmq", mode=0o640, secret=True),
        PutFile(PROGRAM, program("bus_definitions.py")),
    )


def provision(here: Here) -> tuple[Once, ...]:
    """The running bus is made as the definitions say: a new service restarts no node of it."""
    return (
        Once(
            id="definitions",
            when=When.AFTER_START,
            why="a user and a virtual host of its own for each service",
            argv=("/usr/bin/python3", "-I", PROGRAM, "apply", PATH),
            digest=sha256("".join(file.content for file in files(here)).encode()).hexdigest(),
            holds=Question(
                "bus-users",
                bus_as_defined,
                "every user with its virtual host and rights is there, and none that left",
                {"program": PROGRAM, "definitions": PATH},
                deadline=30,
            ),
        ),
    )
