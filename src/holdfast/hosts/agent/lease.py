"""The lock on a host: a lease judged by the host's own clock, so that no two clocks are compared."""

from __future__ import annotations

import json
import time
from pathlib import Path

from holdfast.hosts.agent.disk import Json, locked, read, rooted, serve, state, unfinished, write

LOCK = "lock.json"


def decide(record: Json, request: Json, boot: str, now: float) -> tuple[Json, Json]:
    """(new record, reply) for `verb` acquire, renew or release; pure. `now`: seconds since the boot `boot`.

    Each grant has an epoch above all that the record has seen; a renewal may raise it to its run's. An
    expired lease, one of another boot, and the one that `force` names by its run are free. The reply to an
    acquisition that took over tells whose the lock was.
    """
    mine = record.get("run_id") == request["run_id"]
    held = bool(record) and not record["released"]
    if request["verb"] == "release":
        return ({**record, "released": True} if mine else record), {"granted": mine}
    if request["verb"] == "renew" and not (mine and held):
        # A renewal that comes after the release must not bring the lock back.
        return record, {"granted": mine or not record, "other": _aged(record, now)}
    live = held and record["boot"] == boot and now < record["expires"]
    if live and not mine and record["run_id"] != request.get("force"):
        return record, {"granted": False, "other": _aged(record, now)}
    seen = record["epoch"] if record else 0
    epoch = max(seen, request["epoch"]) if request["verb"] == "renew" else seen + 1
    kept = {key: request[key] for key in ("holder", "run_id", "why", "machine", "pid")}
    since = record["since"] if mine and held and record["boot"] == boot else now
    terms = {"boot": boot, "since": since, "expires": now + request["lease_seconds"], "released": False}
    reply = {"granted": True, "epoch": epoch, "other": record if held and not mine else None}
    return {**kept, **terms, "epoch": epoch}, reply


def _aged(record: Json, now: float) -> Json:
    return {**record, "age": now - record["since"]} if record else {}


def refusal(record: Json, run_id: str, epoch: int) -> str:
    """Why the host does not act for a run and its epoch; pure.

    "" when the lock was last given to just that, and not given back; no clock has a say in it. Where no
    lock was ever given, a run that has none (epoch 0) may act.
    """
    seen = record["epoch"] if record else 0
    if epoch > seen:
        return f"the lock was not given to this run here (its epoch is {epoch}, the host has seen {seen})"
    if record and (epoch < seen or record["run_id"] != run_id):
        lost = f"its epoch is {epoch}, the host has seen {seen}"
        return f"the lock was given to {record['holder']} since: this run lost it ({lost})"
    return "this run has given the lock back: it is over" if record and record["released"] else ""


def lease(request: Json) -> Json:
    """Decides under the side file's lock, so that two askers are served one after the other."""
    with locked("lock.flock", patience=5.0) as turn:
        if not turn:
            return {"error": "the lock's side file stayed taken for 5 s"}
        before = last()
        after, reply = decide(before, request, boot_id(), now())
        if after != before:
            write(state(LOCK), [json.dumps(after).encode()], mode=0o600)
    if reply["granted"] and reply.get("other"):
        reply["unfinished"] = unfinished(reply["other"]["run_id"])
    return reply


def last() -> Json:
    """The record of the last grant; empty where there never was one.

    Raises ValueError for one that cannot be read: which epochs it has seen is not to be guessed.
    """
    try:
        record = dict(json.loads(read(state(LOCK)) or "{}"))
    except (ValueError, TypeError):
        cure = "see that no run is at work on this cloud, then remove it"
        raise ValueError(f"the lock's record {state(LOCK)} is damaged: {cure}") from None
    # Version 0.1.0 knew no epochs.
    return {"epoch": 0, "released": False, **record} if record else {}


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
