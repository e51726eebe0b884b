"""What the daemons of the block store are asked: their own state, and what the store says of them."""

from __future__ import annotations

from typing import Any


def monitor_in_quorum(socket_path: str, expected: list[str]) -> dict[str, Any]:
    """Asks the monitor over its own socket whether it votes, and with whom."""
    import json
    import socket
    import struct

    with socket.socket(socket.AF_UNIX) as link:
        link.settimeout(2)
        try:
            link.connect(socket_path)
        except FileNotFoundError:
            return {"ok": False, "text": "it does not run"}
        link.sendall(b'{"prefix": "mon_status"}\0')
        stream = link.makefile("rb")
        (length,) = struct.unpack(">I", stream.read(4))
        status = json.loads(stream.read(length))
    names = {each["rank"]: each["name"] for each in status["monmap"]["mons"]}
    members = sorted(names[rank] for rank in status["quorum"])
    missing = sorted({*expected} - {*members})
    text = f"{status['state']}, {len(members)} of {len(names)} in quorum"
    text += f"; not in it: {', '.join(missing)}" if missing else ""
    return {"ok": bool(members) and not missing, "text": text, "members": members}


def manager_there(program: str, host: str) -> dict[str, Any]:
    """Asks the store whether the host's manager is the active one or stands by."""
    import json
    import subprocess

    done = subprocess.run(
        ("/usr/bin/python3", "-I", program, "ask"), capture_output=True, text=True, check=False, timeout=8
    )
    if done.returncode:
        return {"ok": False, "text": done.stderr.strip()[-200:]}
    known = json.loads(done.stdout)["mgr dump"]
    active, standing = known["active_name"], [each["name"] for each in known["standbys"]]
    if active == host and known["available"]:
        return {"ok": True, "text": "active"}
    return {
        "ok": host in standing,
        "text": "stands by" if host in standing else f"not known; active: {active}",
    }


def data_served(program: str, host: str, expected: list[str]) -> dict[str, Any]:
    """Asks the store whether the host's part is up and in, and whether every object has all of its copies."""
    import json
    import subprocess

    done = subprocess.run(
        ("/usr/bin/python3", "-I", program, "ask"), capture_output=True, text=True, check=False, timeout=8
    )
    if done.returncode:
        return {"ok": False, "text": done.stderr.strip()[-200:]}
    known = json.loads(done.stdout)
    nodes = {node["id"]: node for node in known["osd tree"]["nodes"]}
    serving = sorted(
        node["name"]
        for node in nodes.values()
        if node["type"] == "host"
        for child in node["children"]
        if nodes[child]["status"] == "up" and nodes[child]["reweight"] > 0
    )
    states = known["status"]["pgmap"].get("pgs_by_state", ())
    amiss = {s["state_name"]: s["count"] for s in states if not s["state_name"].startswith("active+clean")}
    missing = sorted({*expected} - {*serving})
    faults = [f"not up and in: {', '.join(missing)}"] if missing else []
    faults += [f"{count} groups {state}" for state, count in sorted(amiss.items())]
    text = "; ".join(faults) or f"up and in, every object has its copies on {len(serving)} hosts"
    return {"ok": host in serving and not faults, "text": text, "members": serving}


def as_wanted(program: str, wanted: str) -> dict[str, Any]:
    """Asks whether users and pools are there, as they are wanted; where nobody answers nobody can tell."""
    import subprocess

    argv = ("/usr/bin/python3", "-I", program, "look", wanted)
    done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=25)
    if done.returncode:
        return {"ok": None, "text": done.stderr.strip()[-200:] or f"{program} is not there"}
    amiss = done.stdout.strip()
    return {"ok": not amiss, "text": amiss or "users and pools are as wanted"}
