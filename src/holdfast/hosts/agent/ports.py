"""Who listens on which port of this host, loopback aside: it does not take a port from the host's address."""

from __future__ import annotations

import contextlib
import os
import re
from pathlib import Path

TABLES = {"tcp": "0A", "tcp6": "0A", "udp": "07", "udp6": "07"}


def listening() -> dict[str, str]:
    """By `tcp/PORT` or `udp/PORT`: the unit, else the process, of everyone who listens there."""
    sockets: dict[str, set[str]] = {}
    for table, wanted in TABLES.items():
        with contextlib.suppress(OSError):
            for inode, port in sockets_in(Path(f"/proc/net/{table}").read_text(), wanted):
                sockets.setdefault(inode, set()).add(f"{table[:3]}/{port}")
    owners: dict[str, set[str]] = {key: set() for keys in sockets.values() for key in keys}
    for inode, owner in _owners(set(sockets)):
        for key in sockets[inode]:
            owners[key].add(owner)
    return {key: ", ".join(sorted(names)) or "an unknown process" for key, names in sorted(owners.items())}


def sockets_in(table: str, state: str) -> list[tuple[str, int]]:
    """(inode, port) of the sockets of a /proc/net table in a state, unconnected and not on loopback."""
    found = []
    for line in table.splitlines()[1:]:
        fields = line.split()
        address, port = fields[1].split(":")
        unconnected = int(fields[2].split(":")[0], 16) == 0
        if fields[3] == state and unconnected and not _is_loopback(address):
            found.append((fields[9], int(port, 16)))
    return found


def _is_loopback(address: str) -> bool:
    """Addresses are hexadecimal words in the machine's byte order, little-endian wherever Debian runs."""
    if len(address) == 8:
        return address.endswith("7F")
    mapped = address[:24] == "0000000000000000FFFF0000" and address.endswith("7F")
    return mapped or address == "0" * 24 + "01000000"


def _owners(inodes: set[str]) -> list[tuple[str, str]]:
    found = []
    for process in Path("/proc").iterdir() if inodes else ():
        if not process.name.isdigit():
            continue
        # Processes come and go while this reads: one that is gone listens no more.
        with contextlib.suppress(OSError):
            held = {inode for fd in os.scandir(process / "fd") if (inode := _inode(fd.path)) in inodes}
            if held:
                owner = _name(process)
                found += [(inode, owner) for inode in held]
    return found


def _inode(path: str) -> str:
    try:
        target = os.readlink(path)  # noqa: PTH115 (thousands of them: a Path each costs)
    except OSError:
        return ""
    return target[8:-1] if target.startswith("socket:[") else ""


def _name(process: Path) -> str:
    with contextlib.suppress(OSError):
        if found := re.findall(
            r"/([^/\n]+\.(?:service|socket|scope))(?:\n|$)", (process / "cgroup").read_text()
        ):
            return str(found[-1])
    return f"process {(process / 'comm').read_text().strip()}"
