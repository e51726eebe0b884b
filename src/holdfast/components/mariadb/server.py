"""The database server's own configuration, and what of it nobody else may set."""

from __future__ import annotations

import re

from holdfast.components.mariadb.failover import TIMERS
from holdfast.model.address import at_port, bracketed
from holdfast.model.catalogue import Here
from holdfast.model.config import folded
from holdfast.model.safeguard import Safeguard, always
from holdfast.model.settings import Settings, merged

CONFIG = "/etc/mysql/mariadb.conf.d/90-holdfast.cnf"
TLS = "/etc/mysql/holdfast"
PORT = 3306


def _members(here: Here) -> str:
    addresses = [bracketed(address) for address in here.placed.addresses]
    # A lone node has nobody to join: an empty list makes every start of it a first start.
    return ",".join(addresses) if len(addresses) > 1 else ""


def _provider_options(here: Here) -> str:
    options = [
        f"gmcast.listen_addr=ssl://{at_port(here.host.address, 4567)}",
        "socket.ssl=yes",
        f"socket.ssl_ca={TLS}/ca.pem",
        f"socket.ssl_cert={TLS}/cert.pem",
        f"socket.ssl_key={TLS}/key.pem",
        # A node that was away for hours comes back with what it missed, not with a full copy.
        "gcache.size=256M",
        "gcache.recover=yes",
        # evs.install_timeout stays unset: the server refuses a value above evs.inactive_timeout, and at 2 s
        # both survivors of a power loss ended alone, without a primary component (measured).
        *(f"{t.name}=PT{here.timer(t.name):g}S" for t in TIMERS if t.name.startswith("evs.")),
    ]
    return ";".join(options)


DURABLE: Settings = {
    "mariadbd": {
        # A write is on disk before it is acknowledged, on every node (Jepsen, LP#1682153).
        "innodb_flush_log_at_trx_commit": 1,
        "innodb_doublewrite": "ON",
        "innodb_autoinc_lock_mode": 2,
        "binlog_format": "ROW",
        "default_storage_engine": "InnoDB",
        "innodb_buffer_pool_size": "256M",
    }
}
TRUST: Settings = {
    "mariadbd": {
        "ssl_ca": f"{TLS}/ca.pem",
        "ssl_cert": f"{TLS}/cert.pem",
        "ssl_key": f"{TLS}/key.pem",
        "require_secure_transport": "ON",
    },
    "sst": {"encrypt": 4, "tca": f"{TLS}/ca.pem", "tcert": f"{TLS}/cert.pem", "tkey": f"{TLS}/key.pem"},
}


def settings(here: Here) -> Settings:
    """Sections and options, with everything that durability and the cluster stand on."""
    listens: Settings = {
        "mariadbd": {
            "bind-address": here.host.address,
            "port": PORT,
            "skip-name-resolve": None,
            "max_connections": 512,
            "character-set-server": "utf8mb3",
            "collation-server": "utf8mb3_general_ci",
        }
    }
    return merged(listens, DURABLE, TRUST, _cluster(here))


def _cluster(here: Here) -> Settings:
    return {
        "mariadbd": {
            "wsrep_on": "ON",
            "wsrep_provider": "/usr/lib/galera/libgalera_smm.so",
            "wsrep_cluster_name": here.site.cloud.name,
            "wsrep_cluster_address": f"gcomm://{_members(here)}",
            "wsrep_node_name": here.host.name,
            "wsrep_node_address": bracketed(here.host.address),
            # The donor of a full copy goes on serving.
            "wsrep_sst_method": "mariabackup",
            "wsrep_sst_auth": "mysql:",
            "wsrep_provider_options": f'"{_provider_options(here)}"',
        }
    }


SAFEGUARDS = (
    Safeguard(
        "durable-commits",
        CONFIG,
        "innodb_flush_log_at_trx_commit",
        always("1"),
        "each commit is on disk before it is acknowledged",
    ),
    Safeguard(
        "minority-pauses",
        CONFIG,
        "wsrep_on",
        always("ON"),
        "a member that replicates refuses every statement outside the primary component",
    ),
)

FIXED = {
    ("mariadbd", "innodb_flush_log_at_trx_commit"): "an acknowledged write must be on disk on every node",
    ("mariadbd", "innodb_doublewrite"): "a torn page after a power loss must be mended",
    ("mariadbd", "innodb_autoinc_lock_mode"): "replication of rows needs it",
    ("mariadbd", "innodb_flush_method"): "a write must be on disk, and not on its way there",
    ("mariadbd", "default_storage_engine"): "tables of another engine are on one node alone",
    ("mariadbd", "binlog_format"): "replication is of rows",
    ("mariadbd", "datadir"): "Holdfast asks there how far a member's data goes",
    ("mariadbd", "bind-address"): "clients and the balancer come to the host's own address",
    ("mariadbd", "port"): "clients and the balancer come to this port",
    ("mariadbd", "require_secure_transport"): "no password may cross the network in clear",
    ("mariadbd", "ssl*"): "members and clients trust the cloud's own authority",
    ("mariadbd", "networking"): "clients and the balancer come to the server's port",
    ("mariadbd", "wsrep_provider_*"): "Holdfast sets the provider's options in one text",
    **{
        ("mariadbd", f"wsrep_{name}"): "Holdfast makes the cluster out of its members"
        for name in (
            "on",
            "provider",
            "provider_options",
            "cluster_name",
            "cluster_address",
            "node_name",
            "node_address",
            "sst_method",
            "sst_auth",
        )
    },
    ("sst", "*"): "a full copy travels between members under TLS only",
}

_GROUPS = re.compile(r"(?:mariadbd?|mysqld|server|client_server|galera)(?:_[0-9.]+)?")
_PREFIXES = re.compile(r"^(?:loose_|skip_|disable_|enable_|maximum_)+")


def spelling(section: str, option: str) -> tuple[str, str]:
    """As the server takes it: in any of its groups, behind a prefix, or cut short."""
    group, name = (word.replace("-", "_") for word in folded(section, option))
    if not _GROUPS.fullmatch(group):
        return group, name
    name = _PREFIXES.sub("", name)
    whole = (option.replace("-", "_") for _, option in FIXED)
    return "mariadbd", next((each for each in whole if name and each.startswith(name)), name)
