"""What a node of the bus is asked: its view of the cluster, of alarms and of queues."""

from __future__ import annotations

from typing import Any


def in_cluster(port: int, user: str, password_file: str, expected: list[str]) -> dict[str, Any]:
    """Asks the node's own management interface for its view of the cluster, alarms and queues."""
    import base64
    import json
    import urllib.request
    from pathlib import Path

    def get(path: str) -> Any:
        token = base64.b64encode(f"{user}:{Path(password_file).read_text().strip()}".encode()).decode()
        url, headers = f"http://127.0.0.1:{port}/api/{path}", {"Authorization": f"Basic {token}"}
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=2) as reply:
            return json.load(reply)

    columns = "columns=name,vhost,type,members,online,leader"
    nodes = get("nodes?columns=name,running,mem_alarm,disk_free_alarm,partitions,being_drained")
    queues = get(f"queues?{columns}&disable_stats=true&enable_queue_totals=true")
    running = sorted(n["name"].split("@")[-1] for n in nodes if n.get("running"))
    flags = ("mem_alarm", "disk_free_alarm", "partitions")
    faults = [f"{n['name']}: {flag}" for n in nodes for flag in flags if n.get(flag)]
    # (queue, how many members it has, how many of them are online)
    quorum = [
        (q, len(q.get("members", [])), len(q.get("online", []))) for q in queues if q.get("type") == "quorum"
    ]
    lost = (q for q, members, online in quorum if 2 * online <= members)
    faults += [f"queue {q['vhost']}/{q['name']} has no majority online" for q in lost]
    short = [q["name"] for q, members, _ in quorum if members < min(3, len(expected))]
    missing = sorted(set(expected) - set(running))
    faults += [f"not running: {', '.join(missing)}"] if missing else []
    return {
        "ok": not faults,
        "text": "; ".join(faults) or f"{len(running)} nodes, no alarm, {len(queues)} queues with a majority",
        "members": running,
        "expected": len(expected),
        "short_of_members": short,
    }
