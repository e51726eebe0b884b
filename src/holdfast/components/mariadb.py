"""MariaDB with Galera: synchronous replicas, one writer at a time behind the balancer (R30)."""

from __future__ import annotations

from hashlib import sha256

from holdfast.components.programs import program
from holdfast.components.questions.database import check_answers, replication_position, synced_member
from holdfast.model.bootstrap import first_member
from holdfast.model.cloud import Host, Promise, Role
from holdfast.model.component import (
    Capability,
    Component,
    Frontend,
    Ha,
    Leg,
    Once,
    Phase,
    Port,
    Process,
    Timer,
    Value,
    When,
    Where,
)
from holdfast.model.material import drop_in, pair_files
from holdfast.model.plan import PutFile
from holdfast.model.question import Question
from holdfast.model.site import Site

UNIT = "mariadb.service"
CHECK_UNIT = "holdfast-database-check.service"
CONFIG = "/etc/mysql/mariadb.conf.d/90-holdfast.cnf"
TLS = "/etc/mysql/holdfast"
CHECK_PROGRAM = "/usr/libexec/holdfast/database_check.py"
CHECK_USER = "holdfast-dbcheck"
PORT, CHECK_PORT = 3306, 9200


def _members(site: Site) -> str:
    addresses = site.addresses(Role.DATABASE)
    # A lone node has nobody to join: an empty list makes every start of it a first start.
    return ",".join(addresses) if len(addresses) > 1 else ""


def _provider_options(site: Site, host: Host) -> str:
    def period(name: str) -> str:
        return f"PT{site.timer(name):g}S"

    options = [
        f"gmcast.listen_addr=ssl://{host.address}:4567",
        "socket.ssl=yes",
        f"socket.ssl_ca={TLS}/ca.pem",
        f"socket.ssl_cert={TLS}/cert.pem",
        f"socket.ssl_key={TLS}/key.pem",
        # A node that was away for hours comes back with what it missed, not with a full copy.
        "gcache.size=256M",
        "gcache.recover=yes",
        # evs.install_timeout stays unset: the server refuses a value above evs.inactive_timeout, and at 2 s
        # both survivors of a power loss ended alone, without a primary component (measured).
        *(f"{t.name}={period(t.name)}" for t in TIMERS if t.name.startswith("evs.")),
    ]
    return ";".join(options)


def _server(site: Site, host: Host) -> str:
    return f"""[mariadbd]
bind-address = {host.address}
port = {PORT}
skip-name-resolve
max_connections = 512
character-set-server = utf8mb3
collation-server = utf8mb3_general_ci

# An acknowledged write is on disk before it is acknowledged, on every node (Jepsen, LP#1682153).
innodb_flush_log_at_trx_commit = 1
innodb_doublewrite = ON
innodb_autoinc_lock_mode = 2
binlog_format = ROW
default_storage_engine = InnoDB
innodb_buffer_pool_size = 256M

ssl_ca = {TLS}/ca.pem
ssl_cert = {TLS}/cert.pem
ssl_key = {TLS}/key.pem
require_secure_transport = ON

wsrep_on = ON
wsrep_provider = /usr/lib/galera/libgalera_smm.so
wsrep_cluster_name = {site.cloud.name}
wsrep_cluster_address = gcomm://{_members(site)}
wsrep_node_name = {host.name}
wsrep_node_address = {host.address}
# The donor of a full copy goes on serving.
wsrep_sst_method = mariabackup
wsrep_sst_auth = mysql:
wsrep_provider_options = "{_provider_options(site, host)}"

[sst]
encrypt = 4
tca = {TLS}/ca.pem
tcert = {TLS}/cert.pem
tkey = {TLS}/key.pem
"""


def _check_unit(site: Site, host: Host) -> str:
    timeout = f"{site.timer('database.check_timeout'):g}"
    return f"""[Unit]
Description=Tells the load balancer whether this database node may take sessions
After=network.target

[Service]
ExecStart=/usr/bin/python3 -I {CHECK_PROGRAM} {host.address} {CHECK_PORT} {CHECK_USER} {timeout}
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
RestrictAddressFamilies=AF_INET AF_UNIX
CapabilityBoundingSet=

[Install]
WantedBy=multi-user.target
"""


def _files(site: Site, host: Host) -> tuple[PutFile, ...]:
    service = (
        "[Service]\nRestart=always\nRestartSec=1\nNoNewPrivileges=yes\nProtectKernelTunables=yes\n"
        "ProtectControlGroups=yes\nPrivateDevices=yes\n"
    )
    return (
        PutFile(CONFIG, _server(site, host)),
        *pair_files(site, site.host_pairs[host.name], TLS, "mysql"),
        drop_in(UNIT, service),
        PutFile(CHECK_PROGRAM, program("database_check.py")),
        PutFile(f"/etc/systemd/system/{CHECK_UNIT}", _check_unit(site, host)),
    )


def _processes(site: Site, host: Host) -> tuple[Process, ...]:
    size = len(site.cloud.with_role(Role.DATABASE))
    return (
        Process(
            unit=UNIT,
            ha=Ha.QUORUM,
            ports=(
                Port(PORT, Where.HOST, "clients"),
                Port(4567, Where.HOST, "replication"),
                Port(4568, Where.HOST, "incremental state transfer"),
                Port(4444, Where.HOST, "full state transfer"),
            ),
            watches=(CONFIG, TLS, f"/etc/systemd/system/{UNIT}.d/"),
            health=Question("database", synced_member, "synced, in the primary component", {"size": size}),
            start_deadline=180,
        ),
        Process(
            unit=CHECK_UNIT,
            ha=Ha.WORKERS,
            ports=(Port(CHECK_PORT, Where.HOST, "the balancer's check"),),
            watches=(CHECK_PROGRAM, f"/etc/systemd/system/{CHECK_UNIT}"),
            health=Question(
                "database-check",
                check_answers,
                "the balancer may send sessions to this node",
                {"address": host.address, "port": CHECK_PORT},
            ),
        ),
    )


def _provision(site: Site) -> tuple[Once, ...]:
    """Schemas and users, as one idempotent script: done again when any of it changes."""
    lines = [f"CREATE USER IF NOT EXISTS '{CHECK_USER}'@'localhost' IDENTIFIED VIA unix_socket;"]
    for database in (d for component in site.catalogue for d in component.databases):
        name, password = database.name, site.secret(f"database.{database.name}").reveal()
        quoted = password.replace("\\", "\\\\").replace("'", "\\'")
        lines += [
            f"CREATE DATABASE IF NOT EXISTS `{name}`;",
            f"CREATE USER IF NOT EXISTS '{name}'@'%' IDENTIFIED BY '{quoted}' REQUIRE SSL;",
            f"ALTER USER '{name}'@'%' IDENTIFIED BY '{quoted}' REQUIRE SSL;",
            f"GRANT ALL PRIVILEGES ON `{name}`.* TO '{name}'@'%';",
        ]
    script = "\n".join(lines) + "\n"
    return (
        Once(
            id="schemas",
            when=When.AFTER_START,
            why="a schema and a user of its own for each service, TLS required",
            argv=("mariadb", "--batch"),
            stdin=script,
            digest=sha256(script.encode()).hexdigest(),
        ),
    )


TIMERS = (
    Timer("evs.keepalive_period", 1.0, 0.25, "members that send nothing else say that they live"),
    Timer("evs.inactive_check_period", 0.5, 0.25, "how often silence is looked for"),
    Timer(
        "evs.suspect_timeout",
        5.0,
        1.0,
        "a silent member is suspected: writes stop until it is agreed to be gone",
    ),
    Timer("evs.inactive_timeout", 15.0, 3.0, "a silent member is dropped even if others still hear it"),
    Timer("evs.join_retrans_period", 1.0, 0.3, "membership messages are sent again while members agree"),
    Timer(
        "database.check_timeout", 1.0, 0.3, "a frozen server counts as dead after this long without an answer"
    ),
)

FAULTS = ("power-writer", "power-address", "power-host", "link-host", "freeze-mariadb", "kill-mariadb")
_EVICT = ("evs.suspect_timeout", "evs.inactive_check_period", "evs.keepalive_period")


def _evict_typical(t: Value) -> float:
    return t("evs.suspect_timeout") + t("evs.inactive_check_period") / 2


def _evict_worst(t: Value) -> float:
    return t("evs.suspect_timeout") + t("evs.inactive_check_period") + t("evs.keepalive_period")


def _legs(fault: str) -> tuple[Leg, ...]:
    kind, agree = "database", "evs.join_retrans_period"
    text = "the members suspect the silent one"
    return (
        Leg(fault, kind, Phase.DETECT, text, _EVICT, _evict_typical, _evict_worst),
        Leg(
            fault,
            kind,
            Phase.DECIDE,
            "the rest agree on a new primary component",
            (agree,),
            lambda t: t(agree) / 2,
            lambda t: t(agree),
        ),
    )


COMPONENT = Component(
    name="mariadb",
    capability=Capability.DATABASE,
    role=Role.DATABASE,
    summary="the state of every service: synchronous replicas, one writer at a time",
    needs=("host",),
    packages=("mariadb-server", "mariadb-client", "mariadb-backup", "galera-4", "socat", "python3-pymysql"),
    processes=_processes,
    files=_files,
    once=_provision,
    facts=lambda _site, _host: (
        Question(
            "position",
            replication_position,
            "how far this node's data goes",
            {"folder": "/var/lib/mysql"},
            deadline=60,
        ),
    ),
    bootstrap=lambda site, observed: first_member(
        observed,
        [h.name for h in site.cloud.with_role(Role.DATABASE)],
        "position",
        ("sh", "-c", program("first_member.sh")),
    ),
    frontends=(Frontend("database", PORT, http=False, check_path="/", check_port=CHECK_PORT),),
    users=(CHECK_USER,),
    timers=TIMERS,
    timer_order=(
        ("evs.inactive_timeout", "evs.suspect_timeout", "evs.keepalive_period"),
        ("evs.suspect_timeout", "evs.inactive_check_period"),
        ("evs.inactive_timeout", "evs.join_retrans_period"),
        # The balancer waits for the check's reason longer than the check waits for the server.
        ("balancer.check_timeout", "database.check_timeout"),
    ),
    legs=tuple(leg for fault in FAULTS for leg in _legs(fault)),
    promises=(
        Promise("power-writer", "database", 2.0),
        Promise("power-address", "database", 2.0),
        Promise("kill-mariadb", "database", 1.0),
        Promise("freeze-mariadb", "database", 2.0),
    ),
    logs=(UNIT, CHECK_UNIT),
    backup="mariadb-backup on a node that is not the writer",
)
