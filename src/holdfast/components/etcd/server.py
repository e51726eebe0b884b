"""What a member's server is told, and how its unit brings it to its start."""

from __future__ import annotations

from holdfast.components.etcd.failover import ELECTION, HEARTBEAT
from holdfast.model.address import at_port
from holdfast.model.catalogue import Here
from holdfast.model.cloud import Host
from holdfast.model.material import SANDBOX
from holdfast.model.safeguard import Safeguard, always
from holdfast.model.settings import MAIN, Scalar, Settings, text_of

CONFIG = "/etc/etcd/holdfast.env"
TLS = "/etc/etcd/holdfast"
DATA = "/var/lib/etcd/holdfast"
MEMBER = f"{DATA}/member"
"""There from a member's first start on."""
JOIN = "/usr/libexec/holdfast/etcd_join.py"
FIRST = "/run/holdfast-etcd-first"
START = "/run/etcd/start.env"
PORT, PEER_PORT, HEALTH_PORT = 2379, 2380, 2381


def url(host: Host, port: int) -> str:
    """Where a host's member is reached."""
    return f"https://{at_port(host.address, port)}"


def settings(here: Here) -> Settings:
    """All that the server reads from its environment."""
    own, pair = here.host, {"CERT_FILE": f"{TLS}/cert.pem", "KEY_FILE": f"{TLS}/key.pem"}
    pair |= {"TRUSTED_CA_FILE": f"{TLS}/ca.pem", "CLIENT_CERT_AUTH": "true"}
    options: dict[str, Scalar] = {
        "NAME": own.name,
        "DATA_DIR": DATA,
        "LISTEN_CLIENT_URLS": url(own, PORT),
        "ADVERTISE_CLIENT_URLS": url(own, PORT),
        "LISTEN_PEER_URLS": url(own, PEER_PORT),
        "INITIAL_ADVERTISE_PEER_URLS": url(own, PEER_PORT),
        # In clear, and nothing but whether it does its work: what the balancer asks.
        "LISTEN_METRICS_URLS": f"http://{at_port(own.address, HEALTH_PORT)}",
        "INITIAL_CLUSTER_TOKEN": here.site.cloud.name,
        "HEARTBEAT_INTERVAL": round(here.timer(HEARTBEAT) * 1000),
        "ELECTION_TIMEOUT": round(here.timer(ELECTION) * 1000),
        "STRICT_RECONFIG_CHECK": "true",
        # Locks and leases leave a history that nobody reads: without this it would fill its store.
        "AUTO_COMPACTION_RETENTION": "1",
        **pair,
        **{f"PEER_{name}": value for name, value in pair.items()},
    }
    return {MAIN: {f"ETCD_{name}": value for name, value in options.items()}}


def environment(options: Settings) -> str:
    """One variable a line."""
    return "".join(f"{name}={text_of(value)}\n" for name, value in options[MAIN].items())


SAFEGUARDS = (
    Safeguard(
        "minority-pauses",
        CONFIG,
        "ETCD_STRICT_RECONFIG_CHECK",
        always("true"),
        "a minority neither confirms nor answers, and no change of members costs the majority",
    ),
)
_CLUSTER = "Holdfast makes the cluster out of its members"
FIXED = {
    (MAIN, "ETCD_NAME"): _CLUSTER,
    (MAIN, "ETCD_DATA_DIR"): "Holdfast asks there whether a member has data",
    (MAIN, "ETCD_*_URLS"): "members, clients and the balancer come to the host's own address",
    (MAIN, "ETCD_INITIAL_*"): _CLUSTER,
    (MAIN, "ETCD_STRICT_RECONFIG_CHECK"): "a member must not be added where that costs the majority",
    (MAIN, "ETCD_FORCE_NEW_CLUSTER"): "two clusters would share nothing",
    (MAIN, "ETCD_UNSAFE_NO_FSYNC"): "what is acknowledged must be on disk",
    (MAIN, "ETCD_*FILE"): "members and clients show certificates of the cloud's own authority",
    (MAIN, "ETCD_*CLIENT_CERT_AUTH"): "members and clients show certificates of the cloud's own authority",
    (MAIN, "ETCD_*AUTO_TLS"): "members and clients show certificates of the cloud's own authority",
}


def unit_lines(here: Here) -> str:
    """What stands over the distribution's unit."""
    others = " ".join(url(host, PORT) for host in here.placed.hosts if host != here.host)
    join = (
        f"/usr/bin/python3 -I {JOIN} --tls {TLS} --peer {url(here.host, PEER_PORT)} --data {MEMBER} "
        f"--first {FIRST} --out {START} {here.host.name} {others}"
    ).rstrip()
    return f"""[Service]
EnvironmentFile=
EnvironmentFile={CONFIG}
EnvironmentFile=-{START}
PermissionsStartOnly=no
ExecStartPre={join}
ExecStartPost=+/bin/rm -f {FIRST}
Restart=always
RestartSec=1
TimeoutStartSec=120
StateDirectory=etcd
RuntimeDirectory=etcd
{SANDBOX}CapabilityBoundingSet=
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
"""
