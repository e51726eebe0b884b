"""pyinfra: one deploy over all hosts, an operation for each file and unit."""

from __future__ import annotations

import json
import re
from pathlib import Path

from bench.peers import BIN, Peer, State, write_files

INVENTORY = """\
import json
from pathlib import Path

HOSTS = json.loads(Path("inventory.json").read_text())
hosts = [(name, data) for name, data in HOSTS.items()]
"""
DEPLOY = """\
import json
from pathlib import Path

from pyinfra import host
from pyinfra.operations import apt, files, systemd

mine = json.loads(Path("state.json").read_text())[host.name]
apt.packages(name="packages", packages=mine["packages"], present=True)
for file in mine["files"]:
    files.put(name=file["dest"], create_remote_dir=False, **file)
for unit in mine["units"]:
    systemd.service(name=unit, service=unit, running=True, enabled=True)
"""
_TOTAL = re.compile(r"^\s*Grand total\s+(\S+)\s+(\S+)\s+(\S+)\s+(\S+)\s*$", re.MULTILINE)
_PLANNED = re.compile(r"\s(\d+) \([^)]+\)")


def pyinfra(state: State, folder: Path) -> Peer:
    """Writes inventory and deploy."""
    folder.mkdir(mode=0o700)
    write_files(state, folder)
    (folder / "inventory.json").write_text(json.dumps(inventory(state), indent=1))
    (folder / "state.json").write_text(json.dumps(held(state), indent=1))
    (folder / "inventory.py").write_text(INVENTORY)
    (folder / "deploy.py").write_text(DEPLOY)
    words = (str(BIN / "pyinfra"), "inventory.py", "deploy.py")
    argv, dry = (words[0], "-y", *words[1:]), (words[0], "--dry", *words[1:])
    return Peer("pyinfra", folder, argv, dry, (("HOME", str(folder)),), changes)


def inventory(state: State) -> dict[str, dict[str, object]]:
    """Hosts with their addresses."""
    return {
        h.name: {
            "ssh_hostname": h.address, "ssh_user": "root", "ssh_key": str(state.key),
            "ssh_known_hosts_file": str(state.known_hosts), "ssh_strict_host_key_checking": "yes",
        }
        for h in state.hosts
    }  # fmt: skip


def held(state: State) -> dict[str, object]:
    """What each host holds, as the deploy reads it."""
    return {
        h.name: {
            "packages": h.packages,
            "units": h.units,
            "files": [
                {"src": f"files/{h.name}{f.path}", "dest": f.path, "user": f.owner, "group": f.group,
                 "mode": f"{f.mode:o}"}
                for f in h.files
            ],
        }
        for h in state.hosts
    }  # fmt: skip


def changes(out: str) -> int:
    """What the summary counts as changed, or a dry run as to be changed; -1 for an error or no summary."""
    if total := _TOTAL.search(out):
        _, success, error, _ = total.groups()
        return -1 if error != "-" else 0 if success == "-" else int(success)
    _, found, detected = out.partition("Detected changes:")
    return sum(map(int, _PLANNED.findall(detected))) if found else -1
