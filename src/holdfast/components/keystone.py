"""Keystone: identity on every API host, balanced, its state in the database and in shared keys (R40)."""

from __future__ import annotations

from holdfast.components.programs import program
from holdfast.components.questions.identity import identity_answers
from holdfast.model.cloud import Host, Promise, Role
from holdfast.model.component import (
    Bus,
    Capability,
    Component,
    Database,
    Frontend,
    Ha,
    Leg,
    Once,
    Phase,
    Port,
    Process,
    Timer,
    When,
    Where,
)
from holdfast.model.material import CA_FILE
from holdfast.model.plan import PutFile
from holdfast.model.question import Question
from holdfast.model.secret import Secret
from holdfast.model.site import LINK, Site

UNIT = "keystone.service"
USER = "keystone"
FOLDER = "/etc/keystone"
PLUGIN = "/usr/lib/holdfast/identity"
PORT = 5000
RETIRED_AT_MOST = 20  # how far back a host that missed rotations is cleaned
CONFIG = f"{FOLDER}/keystone.conf"
MAIN = "from keystone.cmd.manage import main; main()"
MANAGE = (f"{LINK}/bin/python3", "-c", MAIN, "--config-file", CONFIG)
REPOSITORIES = {"fernet": f"{FOLDER}/fernet-keys", "credential": f"{FOLDER}/credential-keys"}


def _database_url(site: Site, host: Host) -> str:
    password = site.secret("database.keystone").reveal()
    # bind_address: a connection from the address's holder to the address would otherwise come *from* the
    # address too, and hang half-dead once that moves (LP#1917068). read_timeout ends what still hangs.
    return (
        f"mysql+pymysql://keystone:{password}@{site.cloud.address}:3306/keystone?charset=utf8&ssl_ca={CA_FILE}"
        f"&bind_address={host.address}&connect_timeout={round(site.timer('identity.database_connect'))}"
        f"&read_timeout={round(site.timer('identity.database_read'))}"
    )


def _transport_url(site: Site) -> str:
    password = site.secret("bus.keystone").reveal()
    nodes = ",".join(f"keystone:{password}@{address}:5671" for address in site.addresses(Role.MESSAGING))
    return f"rabbit://{nodes}/keystone"


def _config(site: Site, host: Host) -> str:
    caches = ",".join(f"{address}:11211" for address in site.addresses(Role.CACHE))
    return f"""[DEFAULT]
use_stderr = true
public_endpoint = https://{site.cloud.address}:{PORT}
transport_url = {_transport_url(site)}

[oslo_messaging_rabbit]
ssl = true
ssl_ca_file = {CA_FILE}
rabbit_quorum_queue = true
rabbit_transient_quorum_queue = true
rabbit_stream_fanout = true
use_queue_manager = true
heartbeat_timeout_threshold = {2 * round(site.timer("identity.bus_heartbeat"))}

# Nobody consumes notifications yet: sent all the same, they would fill the bus unseen (R50).
[oslo_messaging_notifications]
driver = noop

[database]
connection = {_database_url(site, host)}
connection_recycle_time = 280
max_pool_size = 5
max_overflow = 20
max_retries = -1

[cache]
enabled = true
backend = oslo_cache.memcache_pool
memcache_servers = {caches}
socket_timeout = {site.timer("cache.socket_timeout"):g}
memcache_dead_retry = {round(site.timer("cache.dead_retry"))}

[token]
provider = fernet

[fernet_tokens]
key_repository = {REPOSITORIES["fernet"]}
max_active_keys = 3

[credential]
key_repository = {REPOSITORIES["credential"]}

[oslo_middleware]
enable_proxy_headers_parsing = true

[healthcheck]
backends = database,disable_by_file
disable_by_file_path = /var/lib/keystone/out-of-rotation
detailed = false
"""


def _uwsgi(site: Site, host: Host) -> str:
    # uWSGI hangs up after each answer. Unless it says so, the balancer keeps the connection and may send
    # another client's call into it just before it closes; that call is then cut without answer or log.
    return f"""[uwsgi]
http-socket = {host.address}:{PORT}
module = keystone.wsgi.api:application
pythonpath = {PLUGIN}
master = true
lazy-apps = true
enable-threads = true
processes = 2
threads = 8
buffer-size = 65535
die-on-term = true
need-app = true
harakiri = 60
add-header = Connection: close
log-x-forwarded-for = true
disable-logging = true
"""


def _service(site: Site) -> str:
    return f"""[Unit]
Description=OpenStack identity API
After=network.target

[Service]
User={USER}
ExecStart={LINK}/bin/python3 -c "import pyuwsgi; pyuwsgi.run(['--ini', '{FOLDER}/uwsgi.ini'])"
Environment=OS_KEYSTONE_CONFIG_FILES={FOLDER}/keystone.conf OS_OSLO_MESSAGING_RABBIT__PROCESSNAME=keystone
Restart=always
RestartSec=0.5
KillSignal=SIGTERM
TimeoutStopSec=15
StateDirectory=keystone
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectControlGroups=yes
RestrictAddressFamilies=AF_INET AF_UNIX
CapabilityBoundingSet=

[Install]
WantedBy=multi-user.target
"""


def _keys(site: Site, repository: str) -> dict[int, Secret]:
    prefix = f"key.{repository}."
    return {int(n.removeprefix(prefix)): key for n, key in site.secrets.items() if n.startswith(prefix)}


def _key_files(site: Site) -> tuple[PutFile, ...]:
    return tuple(
        PutFile(f"{folder}/{number}", key.reveal(), owner=USER, group=USER, mode=0o600, secret=True)
        for repository, folder in REPOSITORIES.items()
        for number, key in _keys(site, repository).items()
    )


def _retired_keys(site: Site, _host: Host) -> tuple[str, ...]:
    """Keys that a rotation dropped: they would go on validating what was made with them."""
    paths = []
    for repository, folder in REPOSITORIES.items():
        kept = _keys(site, repository)
        recent = range(max(1, max(kept, default=0) - RETIRED_AT_MOST), max(kept, default=0))
        paths += [f"{folder}/{n}" for n in recent if n not in kept]
    return tuple(paths)


def _files(site: Site, host: Host) -> tuple[PutFile, ...]:
    metadata = "Metadata-Version: 2.1\nName: holdfast-identity-health\nVersion: 1\n"
    entry = "[oslo.middleware.healthcheck]\ndatabase = holdfast_identity_health:Database\n"
    return (
        PutFile(CONFIG, _config(site, host), group=USER, mode=0o640, secret=True),
        PutFile(f"{FOLDER}/uwsgi.ini", _uwsgi(site, host)),
        PutFile(f"{PLUGIN}/holdfast_identity_health.py", program("identity_health.py")),
        PutFile(f"{PLUGIN}/holdfast_identity_health-1.dist-info/entry_points.txt", entry),
        PutFile(f"{PLUGIN}/holdfast_identity_health-1.dist-info/METADATA", metadata),
        PutFile(f"/etc/systemd/system/{UNIT}", _service(site)),
        *_key_files(site),
    )


def _processes(_site: Site, host: Host) -> tuple[Process, ...]:
    arguments = {"address": host.address, "port": PORT}
    return (
        Process(
            unit=UNIT,
            ha=Ha.BALANCED,
            ports=(Port(PORT, Where.HOST, "identity API"),),
            # Keys are read at each use: a rotation restarts nothing.
            watches=(CONFIG, f"{FOLDER}/uwsgi.ini", PLUGIN, f"/etc/systemd/system/{UNIT}"),
            needs_release=True,
            health=Question("identity", identity_answers, "it answers and reads its database", arguments),
            start_deadline=120,
        ),
    )


def _managed(name: str, why: str, words: tuple[str, ...], digest: str, password: str = "") -> Once:
    env = (("PYTHONPATH", PLUGIN), *((("OS_BOOTSTRAP_PASSWORD", password),) if password else ()))
    return Once(name, When.BEFORE_START, why, (*MANAGE, *words), user=USER, env=env, digest=digest)


def _once(site: Site) -> tuple[Once, ...]:
    region, url = site.cloud.region, f"https://{site.cloud.address}:{PORT}/v3"
    urls = tuple(w for side in ("admin", "internal", "public") for w in (f"--bootstrap-{side}-url", url))
    first = ("bootstrap", "--bootstrap-region-id", region, *urls)
    why = "the first administrator, region and endpoints on the address"
    return (
        _managed("schema", "the schema of this release", ("db_sync",), site.release.digest),
        _managed("bootstrap", why, first, f"{region} {url}", site.secret("admin").reveal()),
    )


_LOST = ("balancer.inter", "balancer.fastinter", "balancer.connect", "cache.socket_timeout")


def _balanced(fault: str, text: str, worst: float) -> Leg:
    timers = ("balancer.connect",)
    return Leg(fault, "identity", Phase.RECONNECT, text, timers, lambda t: 0.05, lambda t: worst)


COMPONENT = Component(
    name="keystone",
    capability=Capability.IDENTITY,
    role=Role.API,
    summary="identity: users, tokens and the catalogue of endpoints",
    needs=("mariadb", "rabbitmq", "memcached", "haproxy", "keepalived"),
    processes=_processes,
    files=_files,
    absent=_retired_keys,
    once=_once,
    databases=(Database("keystone"),),
    buses=(Bus("keystone"),),
    frontends=(
        Frontend("identity", PORT, http=True, check_path="/healthcheck", retry_path="/v3/auth/tokens"),
    ),
    secrets=("admin", "key.fernet", "key.credential"),
    users=(USER,),
    uses_release=True,
    timers=(
        Timer("identity.database_connect", 10, 1, "a worker gives up on a database that does not accept"),
        Timer("identity.database_read", 3600, 3, "a query on a half-dead link ends; migrations alone last"),
        Timer("identity.bus_heartbeat", 60, 10, "a worker's bus connection is known dead after twice this"),
    ),
    timer_order=(
        # A query outlives the eviction of a lost member, and a worker the balancer's choice of another one.
        ("identity.database_read", "evs.suspect_timeout"),
        ("identity.database_connect", "balancer.connect"),
    ),
    legs=(
        _balanced("kill-keystone", "the call is sent to the next backend", 0.3),
        _balanced("refuse-keystone", "the call is sent to the next backend", 0.3),
        # The other backends go on answering: the class stops only if every client is stuck at this one.
        _balanced("freeze-keystone", "cut calls are made again", 0.2),
        *(
            Leg(
                fault,
                "identity",
                Phase.RECONNECT,
                "backends, pools and cache nodes on the lost host are given up",
                _LOST,
                lambda t: t("balancer.inter") + t("balancer.connect") + 4 * t("cache.socket_timeout"),
                lambda t: sum(map(t, _LOST)) + 3 * t("cache.socket_timeout"),
            )
            for fault in ("power-address", "power-writer", "power-host")
        ),
    ),
    promises=(
        Promise("power-address", "identity", 1.5),
        Promise("kill-keystone", "identity", 1.0),
        Promise("freeze-keystone", "identity", 1.0),
        Promise("refuse-keystone", "identity", 1.0),
    ),
    logs=(UNIT,),
)
