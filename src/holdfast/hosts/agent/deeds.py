"""The actions of one step, done in order on this host; the first that fails ends the step."""

from __future__ import annotations

import grp
import os
import pwd
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

from holdfast.hosts.agent.disk import (
    Json,
    erase,
    locked,
    make_folder,
    record,
    rooted,
    serve,
    state,
    sync_folder,
    write,
)
from holdfast.hosts.agent.inventory import claimed, dropped, store, stored
from holdfast.hosts.agent.lease import last, refusal
from holdfast.hosts.agent.packages import install, settle
from holdfast.hosts.agent.removal import keep, remove
from holdfast.hosts.agent.units import change, reread, stop

UNIT_FILES = "/etc/systemd/"


class Failed(Exception):
    """An action did not succeed; the text is for people and holds no secret."""


def act(request: Json) -> Json:
    """Does a step's `actions` for a run with its epoch: how many were `done`, and the next one's `error`."""
    with locked("act.flock", patience=request["patience"]) as turn:
        if not turn:
            return {
                "done": 0,
                "error": "an earlier run's step still works on this host; try again when it ended",
            }
        if why := refused(request):
            return {"done": 0, "error": why}
        # Before the first action: what is on record and was never put there is taken away without harm.
        owned = stored()
        store(owned, claimed(owned, request["component"], request["actions"]))
        name = {"run": request["run_id"], "step": request["step_id"]}
        record({"kind": "begun", **name})
        settle()
        done, error = perform(request)
        record({"kind": "failed" if error else "done", **name, "actions": done})
    return {"done": done, "error": error}


def refused(request: Json) -> str:
    """Why this host does not act for the request's run any more; "" when it does."""
    return refusal(last(), request["run_id"], request["epoch"])


def perform(request: Json) -> tuple[int, str]:
    """How many actions were done, and what stopped the next one ("" when all were).

    The lock is looked at before each: a step that works for long may outlive its run's lease.
    """
    for index, action in enumerate(request["actions"]):
        if why := refused(request):
            return index, why
        try:
            DEEDS[action["kind"]](action)
            owned = stored()
            store(owned, dropped(owned, action))
        except subprocess.TimeoutExpired as error:
            return index, f"{action['subject']}: not done within {error.timeout:g} s"
        except (Failed, OSError, KeyError) as error:
            return index, f"{action['subject']}: {error}"
    return len(request["actions"]), ""


def put_file(action: Json) -> None:
    """Writes a file with its owner and mode; parents are made with 0755."""
    try:
        uid, gid = pwd.getpwnam(action["owner"]).pw_uid, grp.getgrnam(action["group"]).gr_gid
    except KeyError as error:
        raise Failed(f"no such user or group on this host: {error.args[0]}") from None
    write(rooted(action["path"]), [action["content"].encode()], mode=action["mode"], uid=uid, gid=gid)


def run(action: Json) -> None:
    """Runs a command as a user, then records its mark.

    The environment goes to the process directly: in an argument list every user of the host could read it.
    """
    account = pwd.getpwnam(action["user"])
    env = {"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8", "HOME": account.pw_dir,
           "USER": account.pw_name, "LOGNAME": account.pw_name, **dict(action["env"])}  # fmt: skip
    try:
        done = subprocess.run(
            action["argv"],
            input=action["stdin"].encode(),
            capture_output=True,
            env=env,
            cwd="/",
            check=False,
            timeout=action["timeout"],
            **_become(account),
        )
    except FileNotFoundError:
        raise Failed(f"{action['argv'][0]} is not on this host") from None
    if done.returncode:
        words = (done.stderr or done.stdout).decode(errors="replace").strip()
        raise Failed(f"ended with {done.returncode}: {scrub(words, action)[-600:]}")
    if action["mark"]:
        write(state("marks", action["mark"]), [action["digest"].encode()])


def _become(account: pwd.struct_passwd) -> Json:
    if account.pw_uid == os.geteuid():
        return {}
    groups = os.getgrouplist(account.pw_name, account.pw_gid)
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": groups}


def scrub(words: str, action: Json) -> str:
    """Takes out what a command may echo of its environment or input: each value, and each long word."""
    given = [value for _, value in action["env"]]
    given += re.findall(r"[^\s'\"`;,()]{8,}", action["stdin"])
    for value in sorted(set(given), key=len, reverse=True):
        words = words.replace(value, "***") if len(value) > 3 else words
    return words


def unpack(action: Json) -> None:
    """Spreads an archive that was sent before: whole, or not at all."""
    path = rooted(action["path"])
    archive = rooted(action["archive"])
    if not path.exists():
        _spread(archive, path)
    archive.unlink(missing_ok=True)


def _spread(archive: Path, path: Path) -> None:
    partial = path.with_name(f"{path.name}.partial")
    _run("rm", "-rf", str(partial))
    make_folder(partial)
    _run("tar", "--zstd", "--no-same-owner", "-xf", str(archive), "-C", str(partial))
    # The rename must not reach the disk before the content does.
    _run("sync", "-f", str(partial))
    partial.replace(path)
    sync_folder(path.parent)


def _run(*argv: str) -> None:
    done = subprocess.run(argv, capture_output=True, text=True, timeout=600, check=False)
    if done.returncode:
        raise Failed(f"{argv[0]} ended with {done.returncode}: {done.stderr.strip()[-600:]}")


def install_packages(action: Json) -> None:
    """Installs without starting; see `packages`."""
    _must(install(action["names"]))


def change_unit(action: Json) -> None:
    """Changes a unit and records what it runs with only after success; see `units`."""
    recorded, name = state("units", action["name"]), action["name"]
    if action["change"] == "stop":
        _must(stop(name, action["timeout"]))
        erase(recorded)
    else:
        _must(change(name, action["change"], action["timeout"]))
        write(recorded, [action["digest"].encode()])


def forget(action: Json) -> None:
    """Drops what is on record of a unit, a mark, or both."""
    if action["unit"]:
        erase(state("units", action["unit"]))
    if action["mark"]:
        erase(state("marks", action["mark"]))


def remove_path(action: Json) -> None:
    """Removes a file or folder; see `removal`. systemd hears of a unit file that is gone."""
    _must(remove(action["path"], action["recursive"]))
    if action["path"].startswith(UNIT_FILES):
        _must(reread())


def keep_path(action: Json) -> None:
    """Moves data aside; see `removal`."""
    _must(keep(action["path"], action["to"]))


def claim(_action: Json) -> None:
    """Nothing: what it says was put on record before the first action."""


def _must(error: str) -> None:
    if error:
        raise Failed(error)


DEEDS: dict[str, Callable[[Json], None]] = {
    "PutFile": put_file,
    "Package": install_packages,
    "Run": run,
    "Unit": change_unit,
    "Unpack": unpack,
    "Forget": forget,
    "Remove": remove_path,
    "Keep": keep_path,
    "Claim": claim,
}


def main(request: Json) -> None:
    """The program's entry."""
    serve(act, request)
