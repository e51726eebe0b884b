"""RabbitMQ: quorum queues on every messaging host; clients hold the whole list of nodes (R33)."""

from __future__ import annotations

from holdfast.components.questions.bus import in_cluster
from holdfast.components.rabbitmq import definitions
from holdfast.components.rabbitmq.diary import DIARY
from holdfast.components.rabbitmq.failover import MECHANISMS, PROMISES, TIMER_ORDER, TIMERS
from holdfast.components.rabbitmq.store import FIND_PEERS, PEERS, by_majority, peers
from holdfast.model.address import numbers
from holdfast.model.catalogue import Here, Placed, Site
from holdfast.model.cloud import Host
from holdfast.model.component import Component, Offer
from holdfast.model.config import Config, unsectioned
from holdfast.model.endpoint import Endpoint
from holdfast.model.failover import Operation, Way
from holdfast.model.material import AUTHORITY_FILE, drop_in, milliseconds, pair_files
from holdfast.model.parts import Bus, Once
from holdfast.model.plan import PutFile, Run
from holdfast.model.process import Caller, Ha, Port, Process, Where
from holdfast.model.question import Question
from holdfast.model.role import Role
from holdfast.model.safeguard import Safeguard, always
from holdfast.model.service import service
from holdfast.model.settings import MAIN, Settings, flat

UNIT = "rabbitmq-server.service"
FOLDER = "/etc/rabbitmq"
TLS = f"{FOLDER}/holdfast"
COOKIE = "/var/lib/rabbitmq/.erlang.cookie"
PORT, MANAGEMENT_PORT = 5671, 15672
PORTS = (
    Port(PORT, Where.HOST, "clients", callers=(Caller.USERS, Caller.OPERATOR, Caller.PEERS)),
    Port(25672, Where.HOST, "cluster", callers=(Caller.PEERS,)),
    Port(
        4369,
        Where.HOST,
        "where a node's port is asked for",
        callers=(Caller.PEERS,),
        held_by=("epmd.service", "init.scope"),
    ),
    Port(MANAGEMENT_PORT, Where.LOOPBACK, "management"),
)
READ = tuple(
    f"{FOLDER}/{name}"
    for name in (
        "rabbitmq.conf",
        "advanced.config",
        "between-nodes.config",
        "rabbitmq-env.conf",
        "enabled_plugins",
    )
)
# A node that boots gives up after half a minute without a majority, and slow ones would meet by chance alone.
MAJORITY_WAIT_MS = 300_000
MONITOR_FILE = "/etc/holdfast/bus-monitor"
MONITOR_SECRET = f"bus.{definitions.MONITOR}"


def _settings(here: Here) -> Settings:
    nodes = enumerate(here.placed.hosts, 1)
    options: dict[str, str | int | float | bool | None] = {
        "listeners.tcp": "none",
        "listeners.ssl.1": f"{here.host.address}:{PORT}",
        "ssl_options.cacertfile": f"{TLS}/ca.pem",
        "ssl_options.certfile": f"{TLS}/cert.pem",
        "ssl_options.keyfile": f"{TLS}/key.pem",
        "ssl_options.verify": "verify_none",
        "ssl_options.versions.1": "tlsv1.3",
        "ssl_options.versions.2": "tlsv1.2",
        "management.tcp.ip": "127.0.0.1",
        "management.tcp.port": MANAGEMENT_PORT,
        "management.rates_mode": "none",
        "cluster_name": here.site.cloud.name,
        "cluster_formation.peer_discovery_backend": "classic_config",
        **{f"cluster_formation.classic_config.nodes.{i}": f"rabbit@{h.name}" for i, h in nodes},
        # Heeded by Mnesia alone: from a first start until the store is switched.
        "cluster_partition_handling": "pause_minority",
        "default_queue_type": "quorum",
        "definitions.import_backend": "local_filesystem",
        "definitions.local.path": definitions.PATH,
        "definitions.skip_if_unchanged": True,
        "heartbeat": round(here.timer("bus.heartbeat")),
        "vm_memory_high_watermark.relative": 0.3,
        # One node with less stops publishers everywhere: so the logs beside it keep ten times as much free.
        "disk_free_limit.absolute": "200MB",
    }
    return {MAIN: options}


CONFIG = f"{FOLDER}/rabbitmq.conf"
SAFEGUARDS = (
    Safeguard(
        "disk-room",
        CONFIG,
        "disk_free_limit.absolute",
        always("200MB"),
        "publishers are stopped, on all nodes, only when hardly anything is left on one",
    ),
    Safeguard(
        "quorum-queues",
        CONFIG,
        "default_queue_type",
        always("quorum"),
        "a queue that does not say what it is has a member on each node",
    ),
    Safeguard(
        "minority-pauses",
        CONFIG,
        "default_queue_type",
        always("quorum"),
        "a minority confirms no message and declares nothing: queues and the store decide by majority",
    ),
)
FIXED = {
    (MAIN, "disk_free_limit*"): "one node below it stops publishers on every node",
    (MAIN, "cluster_partition_handling"): "until the store is switched a minority must stop",
    (MAIN, "default_queue_type"): "a queue on one node is lost with it",
    (MAIN, "cluster_name"): "Holdfast makes the cluster out of its nodes",
    (MAIN, "listeners.tcp*"): "no password may cross the network in clear",
    (MAIN, "listeners.ssl*"): "clients come to this port of the host's own address",
    (MAIN, "definitions.local.path"): "Holdfast makes users, virtual hosts and rights",
    (MAIN, "management.tcp.ip"): "the management interface is for this host's own questions",
    (MAIN, "management.tcp.port"): "the management interface is for this host's own questions",
}


def _advanced(here: Here) -> str:
    ticktime = round(here.timer("bus.net_ticktime"))
    poll = milliseconds(here.timer("bus.detector_poll")).removesuffix("ms")
    own = ",".join(map(str, numbers(here.host.address)))
    return f"""[{{kernel, [{{net_ticktime, {ticktime}}}, {{inet_dist_use_interface, {{{own}}}}}]}},
 {{rabbit, [{{khepri_leader_wait_retry_timeout, {MAJORITY_WAIT_MS}}}]}},
 {{aten, [{{poll_interval, {poll}}}]}}].
"""


def _between_nodes() -> str:
    """TLS between the nodes: each shows its certificate, and takes only those of the same CA."""
    pair = (
        f'{{cacertfile, "{TLS}/ca.pem"}}, {{certfile, "{TLS}/cert.pem"}}, {{keyfile, "{TLS}/key.pem"}}, '
        "{secure_renegotiate, true}, {verify, verify_peer}"
    )
    return f"""[{{server, [{pair}, {{fail_if_no_peer_cert, true}}]}},
 {{client, [{pair}, {{server_name_indication, disable}}]}}].
"""


def _environment(host: Host) -> str:
    carrier = "inet6_tls" if ":" in host.address else "inet_tls"
    tls = f"-proto_dist {carrier} -ssl_dist_optfile {FOLDER}/between-nodes.config"
    return (
        f"NODENAME=rabbit@{host.name}\nERL_EPMD_ADDRESS={host.address}\n"
        f'SERVER_ADDITIONAL_ERL_ARGS="{tls} {FIND_PEERS}"\nCTL_ERL_ARGS="{tls}"\n'
    )


def _files(here: Here) -> tuple[PutFile, ...]:
    site = here.site

    def own(path: str, content: str, mode: int = 0o640) -> PutFile:
        return PutFile(path, content, group="rabbitmq", mode=mode)

    cookie = site.secret("bus.cookie").reveal()
    service = (
        "[Service]\nRestart=always\nRestartSec=2\nNoNewPrivileges=yes\nProtectHome=yes\nPrivateTmp=yes\n"
        "ProtectSystem=full\nPrivateDevices=yes\nProtectKernelTunables=yes\nProtectKernelModules=yes\n"
        "ProtectControlGroups=yes\nLockPersonality=yes\nRestrictNamespaces=yes\nCapabilityBoundingSet=\n"
        "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK\n"
    )
    return (
        own(f"{FOLDER}/advanced.config", _advanced(here)),
        own(f"{FOLDER}/between-nodes.config", _between_nodes()),
        own(f"{FOLDER}/rabbitmq-env.conf", _environment(here.host)),
        own(f"{FOLDER}/enabled_plugins", "[rabbitmq_management].\n"),
        peers([host for host in here.placed.hosts if host.name != here.host.name], PORT),
        *definitions.files(here),
        PutFile(COOKIE, cookie, owner="rabbitmq", group="rabbitmq", mode=0o400, secret=True),
        PutFile(MONITOR_FILE, site.secret(MONITOR_SECRET).reveal() + "\n", mode=0o600, secret=True),
        *pair_files(here, TLS, "rabbitmq"),
        drop_in(UNIT, service),
    )


def _processes(here: Here) -> tuple[Process, ...]:
    expected = [h.name for h in here.placed.hosts]
    health = Question(
        "bus",
        in_cluster,
        "in the cluster with all nodes, no alarm, quorum queues with a majority online",
        {
            "port": MANAGEMENT_PORT,
            "user": definitions.MONITOR,
            "password_file": MONITOR_FILE,
            "expected": expected,
        },
    )
    return (
        Process(
            unit=UNIT,
            ha=Ha.QUORUM,
            ports=PORTS,
            # Definitions are read at a first start; after that they are work done once.
            watches=(*READ, PEERS, TLS, COOKIE, f"/etc/systemd/system/{UNIT}.d/"),
            health=health,
            together=True,
            start_deadline=180,
        ),
    )


def _once(here: Here) -> tuple[Once, ...]:
    return (*definitions.provision(here), by_majority(MANAGEMENT_PORT, definitions.MONITOR, MONITOR_FILE))


def _farewell(host: str) -> tuple[Run, ...]:
    """Queues take no count of a node that will not come back, and the cluster forgets it."""
    node = f"rabbit@{host}"
    return (Run(("rabbitmq-queues", "shrink", node)), Run(("rabbitmqctl", "forget_cluster_node", node)))


def _endpoint(site: Site, placed: Placed, user: str) -> Endpoint:
    """All nodes: clients hold the list and choose. The virtual host is the user's first."""
    mine = (b.virtual_host for c in site.catalogue for b in c.buses if b.user == user)
    secret = site.secrets.get(f"bus.{user}")
    return Endpoint(placed.addresses, PORT, user, secret, next(mine, ""), AUTHORITY_FILE)


COMPONENT = Component(
    name="rabbitmq",
    role="messaging",
    summary="the bus: quorum queues on every node, confirmed publishing",
    needs=("ground",),
    offers=(Offer("bus", _endpoint),),
    packages=("rabbitmq-server",),
    units=(UNIT,),
    processes=_processes,
    configs=(
        Config(
            "rabbitmq.conf",
            CONFIG,
            _settings,
            FIXED,
            render=flat,
            spelling=unsectioned,
            group="rabbitmq",
            mode=0o640,
        ),
    ),
    files=_files,
    farewell=_farewell,
    once=_once,
    # Where `verify` and drills publish, apart from every service.
    buses=(Bus("holdfast", "holdfast"),),
    safeguards=SAFEGUARDS,
    secrets=("bus.cookie", MONITOR_SECRET),
    timers=TIMERS,
    timer_order=TIMER_ORDER,
    mechanisms=MECHANISMS,
    operations=(Operation("messaging", Way.LIST),),
    promises=PROMISES,
    keeps=("/var/lib/rabbitmq",),
    diary=DIARY,
)

SERVICE = service(
    "rabbitmq", COMPONENT, roles=(Role("messaging", "the bus, whose nodes decide by majority", quorum=True),)
)
