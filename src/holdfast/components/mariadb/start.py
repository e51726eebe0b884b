"""How a database member starts: it joins, or is the first of all. Decided by the members, or by a plan."""

from __future__ import annotations

from collections.abc import Mapping

from holdfast.components.mariadb.server import PORT, TLS
from holdfast.components.programs import program
from holdfast.model.bootstrap import first_member
from holdfast.model.catalogue import Here, Placed
from holdfast.model.observed import Observed
from holdfast.model.parts import Bootstrap
from holdfast.model.plan import PutFile

UNIT = "mariadb.service"
FOLDER = "/var/lib/mysql"
START_PORT = 4569
PROGRAM = "/usr/libexec/holdfast/database_start.py"
FIRST = "/run/mysqld/holdfast-first-member"
JOINED = "/usr/libexec/holdfast/database_joined.sh"
JOIN_S = 20
ROOM = 128 << 20
"""Bytes on the disk under its data: a member with fewer leaves, where all others can spare it."""


def start_lines(here: Here) -> str:
    """What the unit does before and after each start; each one of a lone member is a first start."""
    # A package makes the first database when it is installed, and not when the service comes back later.
    made = f"ExecStartPre=/bin/sh -c 'test -d {FOLDER}/mysql || exec mariadb-install-db --skip-test-db'\n"
    joined = f"ExecStartPost={JOINED} {JOIN_S}\n"
    members = " ".join(f"{host.name}={host.address}" for host in here.placed.hosts)
    ports = f"--port {START_PORT} --service {PORT}"
    asked = (
        f"-/usr/bin/python3 -I {PROGRAM} {members} --own {here.host.name} {ports} --tls {TLS} --data {FOLDER}"
    )
    # Before all that the package does: to recover a position a server is started, too.
    room = f"ExecCondition={asked} --room {2 * ROOM}\n"
    if len(here.placed.hosts) == 1:
        return room + made + joined
    # A decision is for one start only. Without any the member joins, which is always safe: so a program that
    # fails is no reason not to start.
    return (
        f"{room}"
        f"{made}"
        f"ExecStartPre=/bin/rm -f {FIRST}\n"
        f"ExecStartPre={asked}\n"
        f"ExecStartPost=/bin/rm -f {FIRST}\n"
        f"EnvironmentFile=-{FIRST}\n"
        f"{joined}"
    )


def start_files() -> tuple[PutFile, ...]:
    """The program that decides, and the one that looks whether the member came in."""
    return (
        PutFile(PROGRAM, program("database_start.py")),
        PutFile(JOINED, program("database_joined.sh"), mode=0o755),
    )


def planned(placed: Placed, observed: Mapping[str, Observed]) -> Bootstrap | None:
    """The first member of a cluster that is stopped everywhere, as a plan starts it."""
    start = ("sh", "-c", program("first_member.sh"))
    return first_member(observed, [host.name for host in placed.hosts], "position", start)
