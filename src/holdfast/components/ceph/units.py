"""The units of the store's daemons: each is made on its first start, and never over data that is there."""

from __future__ import annotations

from uuid import NAMESPACE_DNS, uuid5

from holdfast.components.ceph.keys import fsid
from holdfast.components.ceph.settings import DATA, FOLDER, MON_DATA, MON_PORT, OSD_DATA
from holdfast.model.address import at_port
from holdfast.model.catalogue import Here
from holdfast.model.material import SANDBOX
from holdfast.model.plan import PutFile

MON, MGR, OSD = (f"ceph-{name}.service" for name in ("mon", "mgr", "osd"))
FIRST = "/run/holdfast-ceph-first"
MON_PROGRAM, OSD_PROGRAM = (f"/usr/libexec/holdfast/ceph_{name}.py" for name in ("mon", "osd"))


def disk_id(here: Here) -> str:
    """The name of a host's part of the store: the same however often it is made."""
    return str(uuid5(NAMESPACE_DNS, f"{here.host.name}.{fsid(here.site)}"))


def _unit(description: str, command: str, before: str = "", more: str = "") -> str:
    return f"""[Unit]
Description={description}
After=network.target

[Service]
User=ceph
{before}ExecStart={command}
{more}Restart=always
RestartSec=1
TimeoutStartSec=180
LimitNOFILE=65536
TasksMax=infinity
{SANDBOX}ReadWritePaths={DATA} /run/ceph
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
CapabilityBoundingSet=
"""


_INSTALL = "\n[Install]\nWantedBy=multi-user.target\n"


def _mon(here: Here) -> str:
    host = here.host
    make = (
        f"/usr/bin/python3 -I {MON_PROGRAM} {host.name} {MON_DATA} {FIRST} {fsid(here.site)} "
        f"[v2:{at_port(host.address, MON_PORT)}/0]"
    )
    command = (
        f"/usr/bin/ceph-mon -f --conf {FOLDER}/mon.conf --id {host.name} "
        f"--public-addr v2:{at_port(host.address, MON_PORT)}/0"
    )
    text = _unit(
        "Block store: monitor", command, f"ExecStartPre={make}\n", f"ExecStartPost=+/bin/rm -f {FIRST}\n"
    )
    return text + _INSTALL


def _mgr(here: Here) -> str:
    command = f"/usr/bin/ceph-mgr -f --conf {FOLDER}/mgr.conf --id {here.host.name}"
    return _unit("Block store: manager", command) + _INSTALL


def _osd(here: Here) -> str:
    given = here.host.storage
    device = given.device if given else ""
    where = f"--device {device}" if device else f"--file-gib {given.file_gib if given else 0}"
    # As root: the device's owner, and whether anything is on it, is not the daemon's to say.
    make = f"ExecStartPre=+/usr/bin/python3 -I {OSD_PROGRAM} {disk_id(here)} {OSD_DATA} {where}\n"
    # The store numbers its parts itself; the number stands in the folder.
    command = (
        f"/bin/sh -c 'exec /usr/bin/ceph-osd -f --conf {FOLDER}/osd.conf --id $$(cat {OSD_DATA}/whoami)'"
    )
    text = _unit("Block store: data", command, make)
    return (text.replace("PrivateDevices=yes", "PrivateDevices=no") if device else text) + _INSTALL


def unit_files(here: Here) -> tuple[PutFile, ...]:
    """All three."""
    texts = {MON: _mon(here), MGR: _mgr(here), OSD: _osd(here)}
    return tuple(PutFile(f"/etc/systemd/system/{unit}", text) for unit, text in texts.items())
