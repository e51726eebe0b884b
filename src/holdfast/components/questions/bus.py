"""What a node of the bus is asked: its view of the cluster, of alarms and of queues."""

from __future__ import annotations

from typing import Any


def in_cluster(port: int, user: str, password_file: str, expected: list[str], patience: float = 2) -> Any:
    """Asks the node's own management interface for its view of the cluster, alarms and queues.

    Queues come in two lists. The store's has each of them, and who its members should be; a member that
    does not run is online there as long as its node is. That of the leaders has the members that do run,
    and lacks a queue that nobody leads. A queue that has just been made is in one of them only, for once.

    Until a silent node is declared down each of the others waits for it before it tells any of that. After
    `patience`, in seconds, it is asked what it can tell alone.
    """
    import base64
    import json
    import time
    import urllib.request
    from pathlib import Path

    end = time.monotonic() + patience

    def get(path: str, timeout: float = 0.0) -> Any:
        token = base64.b64encode(f"{user}:{Path(password_file).read_text().strip()}".encode()).decode()
        url, headers = f"http://127.0.0.1:{port}/api/{path}", {"Authorization": f"Basic {token}"}
        left = timeout or max(0.1, end - time.monotonic())
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=left) as reply:
            return json.load(reply)

    def queues(options: str) -> dict[tuple[str, str], Any]:
        columns = "columns=name,vhost,type,members,online,state"
        found = get(f"queues?{columns}&disable_stats=true{options}")
        return {(q["vhost"], q["name"]): q for q in found if q.get("type") == "quorum"}

    def stuck(known: dict[tuple[str, str], Any]) -> set[tuple[str, str]]:
        led = queues("&enable_queue_totals=true")
        few = {k for k, q in led.items() if 2 * len(q.get("online", [])) <= len(q.get("members", []))}
        return known.keys() - led.keys() | few & known.keys()

    def short(known: dict[tuple[str, str], Any]) -> list[str]:
        return [k[1] for k, q in known.items() if len(q.get("members", [])) < min(3, len(expected))]

    def looked() -> tuple[Any, dict[tuple[str, str], Any], set[tuple[str, str]]]:
        nodes = get("nodes?columns=name,running,mem_alarm,disk_free_alarm,partitions,being_drained")
        known = queues("")
        lost = stuck(known)
        return nodes, known, lost and lost & stuck(queues(""))

    def wrong(nodes: Any, lost: set[tuple[str, str]], missing: list[str]) -> str:
        flags = ("mem_alarm", "disk_free_alarm", "partitions")
        faults = [f"{n['name']}: {flag}" for n in nodes for flag in flags if n.get(flag)]
        faults += [f"queue {'/'.join(key)} has no majority online" for key in sorted(lost)[:5]]
        faults += [f"{len(lost)} queues are so"] if len(lost) > 5 else []
        return "; ".join(faults + ([f"not running: {', '.join(missing)}"] if missing else []))

    try:
        nodes, known, lost = looked()
    except TimeoutError:
        get("health/checks/local-alarms", 0.4 * patience)
        return {"ok": False, "text": "does its own work, and waits for another node, which is silent"}
    running = sorted(n["name"].split("@")[-1] for n in nodes if n.get("running"))
    faults = wrong(nodes, lost, sorted(set(expected) - set(running)))
    return {
        "ok": not faults,
        "text": faults or f"{len(running)} nodes, no alarm, {len(known)} queues with a majority",
        "members": running,
        "expected": len(expected),
        "short_of_members": short(known),
    }
