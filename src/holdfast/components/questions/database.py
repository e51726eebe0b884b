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
    members = sorted(a.split(":")[0] for a in status.get("wsrep_incoming_addresses", "").split(",") if a)
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

    A node that was killed does not know its position until its log is read; that is done only while
    the server is stopped.
    """
    import re
    import subprocess
    from pathlib import Path

    def run(*argv: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(argv, capture_output=True, text=True, timeout=50, check=False)

    state = run("systemctl", "is-active", "mariadb.service").stdout.strip()
    saved = Path(folder, "grastate.dat")
    fields = dict(re.findall(r"(?m)^(\w+):\s*(\S+)", saved.read_text())) if saved.exists() else {}
    history, position = fields.get("uuid", ""), int(fields.get("seqno", -1))
    if history.strip("0-") == "" and position < 0:
        history = ""
    if state not in ("active", "activating", "reloading", "deactivating") and saved.exists() and position < 0:
        read = run("/usr/sbin/mariadbd", "--user=mysql", "--wsrep-recover", "--disable-log-error")
        if found := re.search(r"Recovered position:\s*([0-9a-f-]+):(-?\d+)", read.stderr):
            history, position = found[1], int(found[2])
    return {
        "ok": True,
        "text": f"{state}, {history or 'no data'}:{position}",
        "running": state not in {"inactive", "failed"},
        "history": history,
        "position": position,
    }


def check_answers(address: str, port: int) -> dict[str, Any]:
    """Asks the check as the balancer does; a 503 with a reason is a working check."""
    import urllib.error
    import urllib.request

    try:
        with urllib.request.urlopen(f"http://{address}:{port}/", timeout=2) as reply:
            return {"ok": True, "text": reply.read().decode().strip()}
    except urllib.error.HTTPError as error:
        return {"ok": False, "text": f"{error.code}: {error.read().decode().strip()}"}
