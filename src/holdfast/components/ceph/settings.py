"""What the store's daemons and its administrator are told: a file for each, so that each restarts alone."""

from __future__ import annotations

from collections.abc import Mapping

from holdfast.components.ceph.failover import DAEMON_TIMERS
from holdfast.components.ceph.keys import fsid
from holdfast.model.address import at_port
from holdfast.model.catalogue import Here, Placed
from holdfast.model.config import Config
from holdfast.model.safeguard import Safeguard
from holdfast.model.settings import Scalar, Settings, merged

FOLDER = "/etc/ceph"
DATA = "/var/lib/ceph"
MON_DATA, MGR_DATA, OSD_DATA = (f"{DATA}/{name}/holdfast" for name in ("mon", "mgr", "osd"))
MON_PORT = 3300
OSD_PORTS = range(6800, 6812)
"""Four at a time: one that was thought dead takes four others."""
MGR_PORTS = range(6812, 6816)
SOCKET = "/run/ceph/ceph-$type.$id.asok"
COPIES = 3
FAILURE_ZONE, FAILURE_HOST = "zone", "host"


def copies(placed: Placed) -> int:
    """How many of each object there are: at most one a host."""
    return min(COPIES, len(placed.hosts))


def enough(placed: Placed) -> int:
    """How many of them take a write before it is acknowledged: what one alone has may be lost with it."""
    return min(2, copies(placed))


def apart(placed: Placed) -> str:
    """What no two copies share: a zone where there are enough of them, else a host."""
    zones = {host.zone for host in placed.hosts if host.zone}
    return FAILURE_ZONE if len(zones) >= copies(placed) > 1 else FAILURE_HOST


def monitors(placed: Placed) -> str:
    """Where all monitors are, in the protocol that can be encrypted and in no other."""
    return ",".join(f"[v2:{at_port(address, MON_PORT)}]" for address in placed.addresses)


_LINKS = ("cluster", "service", "client", "mon_cluster", "mon_service", "mon_client")
SECURE: Mapping[str, Scalar] = {
    **{f"ms_{link}_mode": "secure" for link in _LINKS},
    **{f"auth_{who}_required": "cephx" for who in ("cluster", "service", "client")},
    "auth_allow_insecure_global_id_reclaim": False,
    "ms_bind_msgr1": False,
}
"""Who comes shows a key, and all that crosses the network is encrypted."""
TOLD: Mapping[str, Scalar] = {
    "log_to_file": False,
    "mon_cluster_log_to_file": False,
    "log_to_stderr": True,
    "mon_cluster_log_to_stderr": False,
    # The store under the store tells thousands of lines at each start.
    "debug_rocksdb": "1/5",
    "debug_bluestore": "1/5",
}
"""To the unit's own journal."""


def _common(here: Here) -> Settings:
    placed, six = here.placed, ":" in here.host.address
    options: dict[str, Scalar] = {
        "fsid": fsid(here.site),
        "mon_host": monitors(placed),
        "public_addr": here.host.address,
        "cluster_addr": here.host.address,
        "ms_bind_ipv4": not six,
        "ms_bind_ipv6": six,
        **SECURE,
        **TOLD,
        "osd_pool_default_size": copies(placed),
        "osd_pool_default_min_size": enough(placed),
        "mon_allow_pool_size_one": copies(placed) == 1,
        "mon_warn_on_pool_no_redundancy": copies(placed) > 1,
        # How long one was slow before says nothing of how long it may be dead now.
        "mon_osd_adjust_heartbeat_grace": False,
        **{option: here.timer(timer) for option, timer in DAEMON_TIMERS.items()},
    }
    return {"global": options}


def _mon(here: Here) -> Settings:
    return merged(_common(here), {"mon": {"mon_data": MON_DATA, "admin_socket": SOCKET}})


def _mgr(here: Here) -> Settings:
    own: dict[str, Scalar] = {
        "mgr_data": MGR_DATA,
        "admin_socket": SOCKET,
        "keyring": f"{FOLDER}/mgr.keyring",
        **_ports(MGR_PORTS),
    }
    return merged(_common(here), {"mgr": own})


def _osd(here: Here) -> Settings:
    where = f"root=default {f'zone={here.host.zone} ' if here.host.zone else ''}host={here.host.name}"
    own: dict[str, Scalar] = {
        "osd_data": OSD_DATA,
        "admin_socket": SOCKET,
        "keyring": f"{OSD_DATA}/keyring",
        "crush_location": where,
        **_ports(OSD_PORTS),
    }
    return merged(_common(here), {"osd": own})


def _admin(here: Here) -> Settings:
    return merged(_common(here), {"client.admin": {"keyring": f"{FOLDER}/admin.keyring"}})


def _ports(ports: range) -> Mapping[str, Scalar]:
    return {"ms_bind_port_min": ports[0], "ms_bind_port_max": ports[-1]}


SAFEGUARDS = (
    Safeguard(
        "minority-pauses",
        f"{FOLDER}/mon.conf",
        "osd_pool_default_min_size",
        lambda _host: "[12]",
        "monitors decide by majority, and no write is acknowledged by fewer copies than this",
    ),
)
_SAFE = "copies on enough hosts are what the store's promises stand on"
_OURS = "Holdfast makes the store out of its hosts"
FIXED = {
    **{
        (section, option): why
        for section in ("global", "mon", "mgr", "osd", "client.admin")
        for option, why in {
            "fsid": _OURS,
            "mon_host": _OURS,
            "public_addr": _OURS,
            "cluster_addr": _OURS,
            "admin_socket": _OURS,
            "*_data": _OURS,
            "keyring": _OURS,
            "crush_location": _OURS,
            "ms_bind_*": "the firewall opens these ports, and none in clear",
            "ms_*_mode": "no data may cross the network in clear",
            "auth_*": "who comes to the store shows its key",
            "osd_pool_default_*size": _SAFE,
            "mon_allow_pool_size_one": _SAFE,
        }.items()
    }
}
CONFIGS = tuple(
    Config(name, f"{FOLDER}/{name}", settings, FIXED)
    for name, settings in {"mon.conf": _mon, "mgr.conf": _mgr, "osd.conf": _osd, "ceph.conf": _admin}.items()
)
