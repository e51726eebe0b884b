"""What OVN's processes are asked: their place in a cluster, their connections, what was set up for them."""

from __future__ import annotations

from typing import Any


def raft_member(control: str, schema: str) -> dict[str, Any]:
    """Asks a database server over its control socket for its place in the cluster."""
    import re
    import subprocess

    argv = ("ovs-appctl", "--timeout=2", "-t", control, "cluster/status", schema)
    done = subprocess.run(argv, capture_output=True, text=True, timeout=2.5, check=False)
    if done.returncode:
        return {"ok": False, "text": done.stderr.strip()[-200:]}
    said = dict(re.findall(r"(?m)^([A-Z][A-Za-z ]+): (.*)$", done.stdout))
    servers = re.findall(r" at ssl:(\S+):\d+\)", done.stdout.partition("Servers:")[2])
    members = sorted(address.strip("[]") for address in servers)
    status, role, leader = said.get("Status", ""), said.get("Role", ""), said.get("Leader", "unknown")
    text = f"{status}, {role}, {'no leader' if leader == 'unknown' else f'of {len(members)}'}"
    ok = status == "cluster member" and leader != "unknown"
    return {"ok": ok, "text": text, "members": members, "leads": role == "leader"}


def raft_position(file: str, control: str, schema: str) -> dict[str, Any]:
    """Tells what this host has of a database: whether it takes part in a cluster, and its data's history.

    A member that waits to be let in has none yet, though it runs. How far each goes, they settle themselves.
    """
    import re
    import shutil
    import subprocess
    from pathlib import Path

    def told(*argv: str) -> str:
        if not shutil.which(argv[0]):
            return ""
        done = subprocess.run(argv, capture_output=True, text=True, timeout=5, check=False)
        return "" if done.returncode else done.stdout

    status = told("ovs-appctl", "--timeout=2", "-t", control, "cluster/status", schema)
    led = re.search(r"(?m)^Leader: (\S+)$", status)
    running = "Status: cluster member" in status and led is not None and led[1] != "unknown"
    history = told("ovsdb-tool", "db-cid", file).strip() if Path(file).exists() else ""
    text = f"{'takes part' if running else 'takes no part'}, {history or 'no data'}"
    return {"ok": True, "text": text, "running": running, "history": history}


def northd_works(control: str) -> dict[str, Any]:
    """Asks the translator whether it reaches both databases, and whether it is the one that works."""
    import subprocess

    def told(command: str) -> str:
        argv = ("ovn-appctl", "--timeout=1", "-t", control, command)
        done = subprocess.run(argv, capture_output=True, text=True, timeout=2, check=False)
        return (done.stdout if done.returncode == 0 else done.stderr).strip()[-200:]

    links = {side: told(f"{side}-connection-status") for side in ("nb", "sb")}
    state = told("status").removeprefix("Status: ")
    ok = set(links.values()) == {"connected"} and state in ("active", "standby")
    wrong = "".join(f", {side}: {said}" for side, said in links.items() if said != "connected")
    return {"ok": ok, "text": f"{state}{wrong}", "works": state == "active"}


def switch_database_answers() -> dict[str, Any]:
    """Asks the host's own switch database for its one row."""
    import subprocess

    argv = ("ovs-vsctl", "--timeout=2", "--no-wait", "get", "Open_vSwitch", ".", "_uuid")
    done = subprocess.run(argv, capture_output=True, text=True, timeout=2.5, check=False)
    ok = done.returncode == 0
    return {"ok": ok, "text": "answers" if ok else done.stderr.strip()[-200:]}


def switch_is_set_up(program: str) -> dict[str, Any]:
    """Has the program on this host compare the running switch with what it should be."""
    import subprocess

    argv = ("/usr/bin/python3", "-I", program, "check")
    done = subprocess.run(argv, capture_output=True, text=True, timeout=8, check=False)
    said = (done.stdout or done.stderr).strip()[-300:]
    return {"ok": done.returncode == 0, "text": said}


def controller_connected(run_folder: str) -> dict[str, Any]:
    """Asks a host's controller whether it is connected to the southbound database."""
    import os
    import subprocess

    argv = ("ovn-appctl", "--timeout=2", "-t", "ovn-controller", "connection-status")
    environment = {**os.environ, "OVN_RUNDIR": run_folder}
    done = subprocess.run(argv, capture_output=True, text=True, timeout=2.5, check=False, env=environment)
    said = (done.stdout if done.returncode == 0 else done.stderr).strip()[-200:]
    return {"ok": said == "connected", "text": said}
