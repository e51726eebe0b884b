"""What a database node is asked: its place in the cluster, how far its data goes, what its check says."""

from __future__ import annotations

from typing import Any


def synced_member(size: int) -> dict[str, Any]:
    """Asks the server over its local socket for its place in the cluster."""
    import subprocess

    query = "SHOW GLOBAL STATUS LIKE 'wsrep_%'"
    done = subprocess.run(
        ("mariadb", "--batch", "--skip-column-names", "--connect-timeout=2", "-e", query),
        capture_output=True,
        text=True,
        timeout=2.5,
        check=False,
    )
    if done.returncode:
        return {"ok": False, "text": done.stderr.strip()[-200:]}
    status = dict(line.split("\t", 1) for line in done.stdout.splitlines() if "\t" in line)
    state, component = status.get("wsrep_local_state_comment", ""), status.get("wsrep_cluster_status", "")
    incoming = status.get("wsrep_incoming_addresses", "").split(",")
    members = sorted(a.rpartition(":")[0].strip("[]") for a in incoming if a)
    text = f"{state.lower()}, {component.lower()} component of {status.get('wsrep_cluster_size')}"
    ok = status.get("wsrep_ready") == "ON" and component == "Primary" and state == "Synced"
    return {
        "ok": ok,
        "text": text,
        "members": members,
        "size": int(status.get("wsrep_cluster_size") or 0),
        "expected": size,
    }


def replication_position(folder: str) -> dict[str, Any]:
    """Tells how far this node's data goes: whether it runs, its history's id and last position.

    A node runs when it is in the primary component, when it takes a copy from one that is, or when it
    has just begun to start. One that waits for a primary component that nobody forms does not; as long as
    its server answers, that knows the position. A node that was killed does not know its position until
    its log is read: at a start that is an argument of the server, and while it is stopped the log is read
    here. Not on a full disk: that starts a server, which leaves files there that no later start can read.
    """
    import re
    import shutil
    import subprocess
    from pathlib import Path

    def told(*argv: str, patience: float = 5) -> str:
        done = subprocess.run(argv, capture_output=True, text=True, timeout=patience, check=False)
        return done.stdout + done.stderr

    def is_starting(unit: dict[str, str]) -> bool:
        uptime = float(Path("/proc/uptime").read_text().split()[0])
        age = uptime - int(unit["InactiveExitTimestampMonotonic"]) / 1e6
        young = unit["NRestarts"] == "0" and age < 25
        return unit["ActiveState"] == "activating" and (young or Path(folder, "sst_in_progress").exists())

    def logged(pid: str) -> str:
        if pid != "0":
            return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
        recover = ("/usr/sbin/mariadbd", "--user=mysql", "--wsrep-recover", "--disable-log-error")
        return told(*recover, patience=50)

    wanted = "ActiveState,NRestarts,MainPID,InactiveExitTimestampMonotonic"
    unit = dict(re.findall(r"(?m)^(\w+)=(.*)$", told("systemctl", "show", "mariadb.service", "-p", wanted)))
    rows = told("mariadb", "--connect-timeout=2", "-Ne", "SHOW STATUS LIKE 'wsrep_%'")
    status = dict(re.findall(r"(?m)^wsrep_(\w+)\t(.*)$", rows))
    saved = Path(folder, "grastate.dat")
    fields = dict(re.findall(r"(?m)^(\w+):\s*(\S+)", saved.read_text())) if saved.exists() else {}
    history, position = fields.get("uuid", ""), int(fields.get("seqno", -1))
    running = status.get("cluster_status") == "Primary" or is_starting(unit)
    if status.get("local_state_uuid", "").strip("0-"):
        history, position = status["local_state_uuid"], int(status["last_committed"])
    elif not running and saved.exists() and position < 0 and shutil.disk_usage(folder).free > 64 << 20:
        known = r"(?:Recovered position:\s*|wsrep_start_position=)([0-9a-f-]+):(-?\d+)"
        if found := re.search(known, logged(unit["MainPID"])):
            history, position = found[1], int(found[2])
    history = history if history.strip("0-") else ""
    text = f"{unit['ActiveState']}, {history or 'no data'}:{position}"
    return {"ok": True, "text": text, "running": running, "history": history, "position": position}


def check_answers(address: str, port: int) -> dict[str, Any]:
    """Asks the check as the balancer does; a 503 with a reason is a working check."""
    import urllib.error
    import urllib.request

    try:
        with urllib.request.urlopen(f"http://{address}:{port}/", timeout=2) as reply:
            return {"ok": True, "text": reply.read().decode().strip()}
    except urllib.error.HTTPError as error:
        return {"ok": False, "text": f"{error.code}: {error.read().decode().strip()}"}
