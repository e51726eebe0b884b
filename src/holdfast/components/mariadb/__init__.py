"""MariaDB with Galera: synchronous replicas, one writer at a time behind the balancer (R30)."""

from __future__ import annotations

from holdfast.components.mariadb.diary import DIARY
from holdfast.components.mariadb.failover import MECHANISMS, PROMISES, TIMER_ORDER, TIMERS
from holdfast.components.mariadb.server import CONFIG, FIXED, PORT, SAFEGUARDS, TLS, settings, spelling
from holdfast.components.mariadb.start import (
    FOLDER,
    ROOM,
    START_PORT,
    UNIT,
    planned,
    start_files,
    start_lines,
)
from holdfast.components.mariadb.users import CHECK_USER, provision
from holdfast.components.programs import program
from holdfast.components.questions.database import check_answers, replication_position, synced_member
from holdfast.model.address import bracketed
from holdfast.model.catalogue import Here, Placed, Site
from holdfast.model.component import Component, Landmark, Offer
from holdfast.model.config import Config
from holdfast.model.endpoint import Endpoint
from holdfast.model.failover import Operation, Way
from holdfast.model.material import AUTHORITY_FILE, drop_in, pair_files
from holdfast.model.parts import Database, Frontend
from holdfast.model.plan import PutFile
from holdfast.model.process import Caller, Ha, Port, Process, Where
from holdfast.model.question import Question
from holdfast.model.role import Role
from holdfast.model.scene import Scene, backend_of
from holdfast.model.service import service

CHECK_UNIT = "holdfast-database-check.service"
CHECK_PORT = 9200
CHECK_PROGRAM = "/usr/libexec/holdfast/database_check.py"
PORTS = (
    # Members look whether another one greets; drills read what each of them has.
    Port(PORT, Where.HOST, "clients", callers=(Caller.PEERS, Caller.OPERATOR)),
    Port(4567, Where.HOST, "replication", callers=(Caller.PEERS,)),
    Port(4568, Where.HOST, "incremental state transfer", callers=(Caller.PEERS,)),
    Port(4444, Where.HOST, "full state transfer", callers=(Caller.PEERS,)),
    Port(START_PORT, Where.HOST, "who begins after a stop of all", callers=(Caller.PEERS,)),
)


def _check_unit(here: Here) -> str:
    timeout, interval = (f"{here.timer(f'database.{name}'):g}" for name in ("check_timeout", "room_interval"))
    peers = [bracketed(host.address) for host in here.placed.hosts if host.name != here.host.name]
    asked = f"{here.host.address} {CHECK_PORT} {CHECK_USER} {timeout}"
    return f"""[Unit]
Description=Tells the load balancer whether this database node may take sessions
After=network.target

[Service]
ExecStart=/usr/bin/python3 -I {CHECK_PROGRAM} {asked} {" ".join((FOLDER, str(ROOM), interval, *peers))}
User={CHECK_USER}
Restart=always
RestartSec=0.5
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
ProtectKernelTunables=yes
ProtectControlGroups=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
CapabilityBoundingSet=

[Install]
WantedBy=multi-user.target
"""


def _files(here: Here) -> tuple[PutFile, ...]:
    service = (
        "[Service]\nRestart=always\nRestartSec=1\nNoNewPrivileges=yes\nProtectKernelTunables=yes\n"
        f"ProtectControlGroups=yes\nPrivateDevices=yes\n{start_lines(here)}"
    )
    return (
        *pair_files(here, TLS, "mysql"),
        drop_in(UNIT, service),
        *start_files(),
        PutFile(CHECK_PROGRAM, program("database_check.py")),
        PutFile(f"/etc/systemd/system/{CHECK_UNIT}", _check_unit(here)),
    )


def _processes(here: Here) -> tuple[Process, ...]:
    size = len(here.placed.hosts)
    return (
        Process(
            unit=UNIT,
            ha=Ha.QUORUM,
            ports=PORTS,
            watches=(CONFIG, TLS, f"/etc/systemd/system/{UNIT}.d/"),
            health=Question("database", synced_member, "synced, in the primary component", {"size": size}),
            start_deadline=180,
        ),
        Process(
            unit=CHECK_UNIT,
            ha=Ha.WORKERS,
            # Members ask each other whether they can be spared.
            ports=(Port(CHECK_PORT, Where.HOST, "the balancer's check", callers=(Caller.PEERS,)),),
            watches=(CHECK_PROGRAM, f"/etc/systemd/system/{CHECK_UNIT}"),
            health=Question(
                "database-check",
                check_answers,
                "the balancer may send sessions to this node",
                {"address": bracketed(here.host.address), "port": CHECK_PORT},
            ),
        ),
    )


def _endpoint(site: Site, _placed: Placed, user: str) -> Endpoint:
    """The writer, through the address."""
    secret = site.secrets.get(f"database.{user}")
    return Endpoint((site.cloud.address,), PORT, user, secret, "", AUTHORITY_FILE)


def _writer(site: Site, scene: Scene) -> tuple[str, ...]:
    """The member that the holder of the address sends sessions to."""
    return backend_of(site, scene, FRONTEND.name)


FRONTEND = Frontend(
    "database",
    PORT,
    http=False,
    check_path="/",
    check_port=CHECK_PORT,
    callers=(Caller.USERS, Caller.OPERATOR),
)

COMPONENT = Component(
    name="mariadb",
    role="database",
    summary="the state of every service: synchronous replicas, one writer at a time",
    needs=("ground",),
    offers=(Offer("database", _endpoint),),
    packages=("mariadb-server", "mariadb-client", "mariadb-backup", "galera-4", "socat", "python3-pymysql"),
    units=(UNIT, CHECK_UNIT),
    processes=_processes,
    configs=(Config("90-holdfast.cnf", CONFIG, settings, FIXED, spelling=spelling),),
    files=_files,
    once=provision,
    facts=lambda _here: (
        Question(
            "position",
            replication_position,
            "how far this node's data goes",
            {"folder": FOLDER},
            deadline=60,
        ),
    ),
    bootstrap=planned,
    # Where `verify` and drills write, apart from every service.
    databases=(Database("holdfast", ("holdfast",)),),
    frontends=(FRONTEND,),
    safeguards=SAFEGUARDS,
    users=(CHECK_USER,),
    timers=TIMERS,
    timer_order=TIMER_ORDER,
    mechanisms=MECHANISMS,
    operations=(Operation("database", Way.WRITER),),
    landmarks=(Landmark("writer", "the database's writer", _writer),),
    matters="writer",
    promises=PROMISES,
    keeps=(FOLDER,),
    diary=DIARY,
)

SERVICE = service(
    "mariadb",
    COMPONENT,
    roles=(Role("database", "the database: members decide by majority", quorum=True),),
)
