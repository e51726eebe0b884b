"""ansible-core: one play over all hosts, a task for each file and unit, pipelining on, ten forks."""

from __future__ import annotations

import json
import re
from pathlib import Path

from bench.peers import BIN, HostState, Peer, State, write_files

SSH = (
    "-F /dev/null -o ControlMaster=auto -o ControlPersist=120s -o IdentitiesOnly=yes "
    "-o GlobalKnownHostsFile=/dev/null -o UserKnownHostsFile={known_hosts}"
)
CONFIG = """\
[defaults]
forks = 10
gathering = explicit
interpreter_python = /usr/bin/python3
inventory = inventory.json
retry_files_enabled = false
nocows = true
[ssh_connection]
pipelining = true
"""
_RECAP = re.compile(r"^(\S+)\s*: ok=\d+\s+changed=(\d+)\s+unreachable=(\d+)\s+failed=(\d+)", re.MULTILINE)


def ansible(state: State, folder: Path) -> Peer:
    """Writes configuration, inventory and play. YAML is a superset of JSON, so all are written as JSON."""
    folder.mkdir(mode=0o700)
    write_files(state, folder)
    (folder / "ansible.cfg").write_text(CONFIG)
    (folder / "inventory.json").write_text(json.dumps(inventory(state), indent=1))
    (folder / "play.yml").write_text(json.dumps(play(state), indent=1))
    argv = (str(BIN / "ansible-playbook"), "play.yml")
    env = (("ANSIBLE_CONFIG", str(folder / "ansible.cfg")), ("ANSIBLE_HOME", str(folder / "home")),
           ("ANSIBLE_SSH_CONTROL_PATH_DIR", str(folder / "c")), ("ANSIBLE_NOCOLOR", "1"))  # fmt: skip
    return Peer("ansible-core", folder, argv, (*argv, "--check"), env, changes)


def inventory(state: State) -> dict[str, object]:
    """Hosts with their addresses."""
    common = {
        "ansible_user": "root",
        "ansible_ssh_private_key_file": str(state.key),
        "ansible_ssh_common_args": SSH.format(known_hosts=state.known_hosts),
    }
    hosts = {h.name: {"ansible_host": h.address, **common} for h in state.hosts}
    return {"all": {"hosts": hosts}}


def play(state: State) -> list[dict[str, object]]:
    """One play; a task that not all hosts need says on which it runs."""
    return [{"name": "hold", "hosts": "all", "gather_facts": False, "tasks": _tasks(state)}]


def _tasks(state: State) -> list[dict[str, object]]:
    packages = sorted({p for h in state.hosts for p in h.packages})
    tasks: list[dict[str, object]] = [
        # The apt module needs python3-apt, which lab hosts have not; one query is less work than it does.
        {
            "name": "packages",
            "ansible.builtin.command": {"argv": ["dpkg-query", "--show", *packages]},
            "changed_when": False,
            "check_mode": False,
        }
    ]
    for task, hosts in _file_tasks(state).items():
        path, owner, group, mode = task
        module = {"src": f"files/{{{{ inventory_hostname }}}}{path}", "dest": path, "owner": owner,
                  "group": group, "mode": f"{mode:04o}"}  # fmt: skip
        tasks.append({"name": path, "ansible.builtin.copy": module, **_only(state, hosts)})
    for unit, hosts in _unit_tasks(state).items():
        service = {"name": unit, "state": "started", "enabled": True}
        tasks.append({"name": unit, "ansible.builtin.systemd_service": service, **_only(state, hosts)})
    return tasks


def _file_tasks(state: State) -> dict[tuple[str, str, str, int], list[HostState]]:
    tasks: dict[tuple[str, str, str, int], list[HostState]] = {}
    for host in state.hosts:
        for file in host.files:
            tasks.setdefault((file.path, file.owner, file.group, file.mode), []).append(host)
    return tasks


def _unit_tasks(state: State) -> dict[str, list[HostState]]:
    tasks: dict[str, list[HostState]] = {}
    for host in state.hosts:
        for unit in host.units:
            tasks.setdefault(unit, []).append(host)
    return tasks


def _only(state: State, hosts: list[HostState]) -> dict[str, object]:
    if len(hosts) == len(state.hosts):
        return {}
    return {"when": f"inventory_hostname in {[h.name for h in hosts]!r}"}


def changes(out: str) -> int:
    """The recap's sum of changes; -1 where a host failed or there is no recap."""
    rows = _RECAP.findall(out)
    if not rows or any(int(unreachable) or int(failed) for _, _, unreachable, failed in rows):
        return -1
    return sum(int(changed) for _, changed, _, _ in rows)
