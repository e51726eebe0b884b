"""The lock on a host: a lease judged by the host's own clock, so that no two clocks are compared."""

from __future__ import annotations

import json
import time
from pathlib import Path

from holdfast.hosts.agent.disk import Json, locked, read, rooted, serve, state, unfinished, write

LOCK = "lock.json"


def decide(record: Json, request: Json, boot: str, now: float) -> tuple[Json, Json]:
    """(new record, reply) for `verb` acquire, renew or release; pure. `now`: seconds since the boot `boot`.

    An expired lease, one of another boot, and the one that `force` names by its run are free. The reply
    to an acquisition that took over tells whose the lock was.
    """
    mine = record.get("run_id") == request["run_id"]
    live = bool(record) and record["boot"] == boot and now < record["expires"]
    if request["verb"] == "release":
        return ({} if mine else record), {"granted": mine}
    if request["verb"] == "renew" and not mine:
        # No record: a renewal that comes after the release must not bring the lock back.
        return record, {"granted": not record, "other": _aged(record, now)}
    if live and not mine and record["run_id"] != request.get("force"):
        return record, {"granted": False, "other": _aged(record, now)}
    kept = {key: request[key] for key in ("holder", "run_id", "why", "machine", "pid")}
    since = record["since"] if mine and record["boot"] == boot else now
    granted = {**kept, "boot": boot, "since": since, "expires": now + request["lease_seconds"]}
    return granted, {"granted": True, "other": record if record and not mine else None}


def _aged(record: Json, now: float) -> Json:
    return {**record, "age": now - record["since"]} if record else {}


def lease(request: Json) -> Json:
    """Decides under the side file's lock, so that two askers are served one after the other."""
    with locked("lock.flock", patience=5.0) as turn:
        if not turn:
            return {"error": "the lock's side file stayed taken for 5 s"}
        before = held()
        after, reply = decide(before, request, boot_id(), now())
        if after != before:
            write(state(LOCK), [json.dumps(after).encode()], mode=0o600)
    if reply["granted"] and reply.get("other"):
        reply["unfinished"] = unfinished(reply["other"]["run_id"])
    return reply


def held() -> Json:
    """The record as it stands; empty where nobody holds the lock, or the record cannot be read."""
    try:
        return dict(json.loads(read(state(LOCK)) or "{}"))
    except ValueError:
        return {}


def held_by_other(run_id: str) -> str:
    """Who else holds a live lease; "" when nobody does."""
    record = held()
    if record and record["run_id"] != run_id and record["boot"] == boot_id() and now() < record["expires"]:
        return str(record["holder"])
    return ""


def boot_id() -> str:
    """Differs after every start of the machine, where the clock below begins again."""
    return (
        read(rooted("/proc/sys/kernel/random/boot_id")) or read(Path("/proc/sys/kernel/random/boot_id"))
    ).strip()


def now() -> float:
    """Seconds since the machine's start; goes on while it sleeps, and nobody can set it."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def main(request: Json) -> None:
    """The program's entry."""
    serve(lease, request)
