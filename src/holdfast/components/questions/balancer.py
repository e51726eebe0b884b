"""What a load balancer is asked: does it answer, and whom does it send to?"""

from __future__ import annotations

from typing import Any


def backends_answer(socket_path: str, alive: str, frontends: list[str], tcp: list[str]) -> dict[str, Any]:
    """Asks its aliveness page, then its own view of each backend; by frontend of one
    writer, `active` is its host, `held` the hosts that sessions are with."""
    import csv
    import io
    import re
    import socket
    import urllib.request

    def command(text: str) -> str:
        with socket.socket(socket.AF_UNIX) as link:
            link.settimeout(1)
            link.connect(socket_path)
            link.sendall(f"{text}\n".encode())
            return b"".join(iter(lambda: link.recv(65536), b"")).decode()

    with urllib.request.urlopen(alive, timeout=1) as reply:
        reply.read()
    rows = list(csv.DictReader(io.StringIO(command("show stat").lstrip("# "))))
    servers = {
        f: [r for r in rows if r["pxname"] == f and r["svname"] not in ("FRONTEND", "BACKEND")]
        for f in frontends
    }
    up = {f: [r["svname"] for r in found if r["status"].startswith("UP")] for f, found in servers.items()}
    down = {
        f: {r["svname"]: r["last_chk"] or r["check_status"] for r in found if r["svname"] not in up[f]}
        for f, found in servers.items()
    }
    ids = {(r["pxname"], r["sid"]): r["svname"] for r in rows}

    def writer(frontend: str) -> str | None:
        entry = dict(re.findall(r"(server_id|server_key)=(\S+)", command(f"show table {frontend}")))
        number = ids.get((frontend, entry.get("server_id", "")))
        name = entry.get("server_key", "-") if entry.get("server_key", "-") != "-" else number
        working = up.get(frontend, [])
        return name if name in working else next(iter(working), None)

    active = {f: writer(f) for f in tcp}
    held = {f: [r["svname"] for r in servers[f] if int(r["scur"] or 0)] for f in tcp}
    empty = [f for f in frontends if not up[f]]
    text = ", ".join(f"{f} {len(up[f])}/{len(servers[f])}" for f in frontends) or "no frontend yet"
    return {"ok": not empty, "text": f"up: {text}", "up": up, "down": down, "active": active, "held": held}
