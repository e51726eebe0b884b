"""RabbitMQ: quorum queues on every messaging host; clients hold the whole list of nodes (R33)."""

from __future__ import annotations

import json

from holdfast.components.questions.bus import in_cluster
from holdfast.model.cloud import Host, Promise, Role
from holdfast.model.component import Capability, Component, Ha, Leg, Phase, Port, Process, Timer, Where
from holdfast.model.material import drop_in, milliseconds, pair_files, salted_sha256
from holdfast.model.plan import PutFile
from holdfast.model.question import Question
from holdfast.model.site import Site

UNIT = "rabbitmq-server.service"
FOLDER = "/etc/rabbitmq"
TLS = f"{FOLDER}/holdfast"
COOKIE = "/var/lib/rabbitmq/.erlang.cookie"
PORT, MANAGEMENT_PORT = 5671, 15672
MONITOR = "monitor"
MONITOR_FILE = "/etc/holdfast/bus-monitor"


def _nodes(site: Site) -> tuple[Host, ...]:
    return site.cloud.with_role(Role.MESSAGING)


def _config(site: Site, host: Host) -> str:
    peers = "".join(
        f"cluster_formation.classic_config.nodes.{i} = rabbit@{h.name}\n"
        for i, h in enumerate(_nodes(site), 1)
    )
    return f"""listeners.tcp = none
listeners.ssl.1 = {host.address}:{PORT}
ssl_options.cacertfile = {TLS}/ca.pem
ssl_options.certfile = {TLS}/cert.pem
ssl_options.keyfile = {TLS}/key.pem
ssl_options.verify = verify_none
ssl_options.versions.1 = tlsv1.3
ssl_options.versions.2 = tlsv1.2
management.tcp.ip = 127.0.0.1
management.tcp.port = {MANAGEMENT_PORT}
management.rates_mode = none

cluster_name = {site.cloud.name}
cluster_formation.peer_discovery_backend = classic_config
{peers}# A minority stops serving rather than accept what the majority will not know of.
cluster_partition_handling = pause_minority
default_queue_type = quorum
definitions.import_backend = local_filesystem
definitions.local.path = {FOLDER}/definitions.json
definitions.skip_if_unchanged = true
heartbeat = {round(site.timer("bus.heartbeat"))}
vm_memory_high_watermark.relative = 0.3
"""


def _advanced(site: Site, host: Host) -> str:
    ticktime = round(site.timer("bus.net_ticktime"))
    poll = milliseconds(site.timer("bus.detector_poll")).removesuffix("ms")
    own = host.address.replace(".", ",")
    return f"""[{{kernel, [{{net_ticktime, {ticktime}}}, {{inet_dist_use_interface, {{{own}}}}}]}},
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


def _definitions(site: Site) -> str:
    buses = [b for component in site.catalogue for b in component.buses]
    users = [
        {
            "name": bus.name,
            "password_hash": salted_sha256(site.secret(f"bus.{bus.name}")),
            "hashing_algorithm": "rabbit_password_hashing_sha256",
            "tags": [],
            "limits": {},
        }
        for bus in buses
    ]
    users.append(
        {
            "name": MONITOR,
            "password_hash": salted_sha256(site.secret(f"bus.{MONITOR}")),
            "hashing_algorithm": "rabbit_password_hashing_sha256",
            "tags": ["monitoring"],
            "limits": {},
        }
    )
    grants = [
        {"user": b.name, "vhost": b.name, "configure": ".*", "write": ".*", "read": ".*"} for b in buses
    ]
    grants += [
        {"user": MONITOR, "vhost": b.name, "configure": "^$", "write": "^$", "read": "^$"} for b in buses
    ]
    vhosts = [{"name": b.name, "metadata": {"default_queue_type": "quorum"}} for b in buses]
    return json.dumps({"users": users, "vhosts": vhosts, "permissions": grants}, indent=1) + "\n"


def _environment(host: Host) -> str:
    tls = f"-proto_dist inet_tls -ssl_dist_optfile {FOLDER}/between-nodes.config"
    return (
        f"NODENAME=rabbit@{host.name}\nERL_EPMD_ADDRESS={host.address}\n"
        f'SERVER_ADDITIONAL_ERL_ARGS="{tls}"\nCTL_ERL_ARGS="{tls}"\n'
    )


def _files(site: Site, host: Host) -> tuple[PutFile, ...]:
    def own(path: str, content: str, mode: int = 0o640) -> PutFile:
        return PutFile(path, content, group="rabbitmq", mode=mode)

    cookie = site.secret("bus.cookie").reveal()
    service = (
        "[Service]\nRestart=always\nRestartSec=2\nNoNewPrivileges=yes\nProtectHome=yes\nPrivateTmp=yes\n"
    )
    return (
        own(f"{FOLDER}/rabbitmq.conf", _config(site, host)),
        own(f"{FOLDER}/advanced.config", _advanced(site, host)),
        own(f"{FOLDER}/between-nodes.config", _between_nodes()),
        own(f"{FOLDER}/rabbitmq-env.conf", _environment(host)),
        own(f"{FOLDER}/enabled_plugins", "[rabbitmq_management].\n"),
        PutFile(f"{FOLDER}/definitions.json", _definitions(site), group="rabbitmq", mode=0o640, secret=True),
        PutFile(COOKIE, cookie, owner="rabbitmq", group="rabbitmq", mode=0o400, secret=True),
        PutFile(MONITOR_FILE, site.secret(f"bus.{MONITOR}").reveal() + "\n", mode=0o600, secret=True),
        *pair_files(site, site.host_pairs[host.name], TLS, "rabbitmq"),
        drop_in(UNIT, service),
    )


def _processes(site: Site, _host: Host) -> tuple[Process, ...]:
    expected = [h.name for h in _nodes(site)]
    health = Question(
        "bus",
        in_cluster,
        "in the cluster with all nodes, no alarm, quorum queues with a majority online",
        {"port": MANAGEMENT_PORT, "user": MONITOR, "password_file": MONITOR_FILE, "expected": expected},
    )
    return (
        Process(
            unit=UNIT,
            ha=Ha.QUORUM,
            ports=(
                Port(PORT, Where.HOST, "clients"),
                Port(25672, Where.HOST, "cluster"),
                Port(MANAGEMENT_PORT, Where.LOOPBACK, "management"),
            ),
            watches=(FOLDER, COOKIE, f"/etc/systemd/system/{UNIT}.d/"),
            health=health,
            together=True,
            start_deadline=180,
        ),
    )


COMPONENT = Component(
    name="rabbitmq",
    capability=Capability.MESSAGING,
    role=Role.MESSAGING,
    summary="the bus: quorum queues on every node, confirmed publishing",
    needs=("host",),
    packages=("rabbitmq-server",),
    processes=_processes,
    files=_files,
    secrets=("bus.cookie", f"bus.{MONITOR}"),
    timers=(
        Timer("bus.heartbeat", 60, 10, "a client and its node notice a dead peer within two of these"),
        Timer(
            "bus.net_ticktime",
            60,
            15,
            "nodes declare a silent peer down; under 10 s a busy node is split off",
        ),
        Timer(
            "bus.detector_poll", 1.0, 0.4, "how often queues look whether their leader's node still answers"
        ),
        Timer(
            "bus.client_deadline", 1.0, 1.0, "the publisher gives up on a node that did not confirm", unit="s"
        ),
    ),
    # Queues have elected their leaders anew before nodes cut one another off.
    timer_order=(("bus.net_ticktime", "bus.detector_poll"),),
    legs=tuple(
        leg
        for fault in (
            "power-host",
            "power-address",
            "power-writer",
            "link-host",
            "freeze-rabbitmq-server",
            "kill-rabbitmq-server",
        )
        for leg in (
            Leg(
                fault,
                "messaging",
                Phase.DETECT,
                "the publisher's deadline passes; queues miss their leader",
                ("bus.client_deadline", "bus.detector_poll"),
                lambda t: t("bus.client_deadline"),
                lambda t: t("bus.client_deadline") + t("bus.detector_poll"),
            ),
            Leg(
                fault,
                "messaging",
                Phase.DECIDE,
                "the remaining members elect a leader",
                ("bus.detector_poll",),
                lambda t: t("bus.detector_poll"),
                lambda t: 2 * t("bus.detector_poll"),
            ),
            Leg(
                fault,
                "messaging",
                Phase.RECONNECT,
                "the publisher connects to the next node of its list",
                (),
                lambda t: 0.1,
                lambda t: 0.3,
            ),
        )
    ),
    promises=(
        Promise("power-host", "messaging", 3.0),
        Promise("power-address", "messaging", 3.0),
        Promise("power-writer", "messaging", 3.0),
        Promise("kill-rabbitmq-server", "messaging", 3.0),
        Promise("freeze-rabbitmq-server", "messaging", 3.0),
    ),
    logs=(UNIT,),
)
