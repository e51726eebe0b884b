"""Observation: everything a plan needs to know of a host, in one go."""

from __future__ import annotations

import grp
import hashlib
import os
import pwd
import stat
import subprocess
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from pathlib import Path

from holdfast.hosts.agent.disk import Json, read, rooted, serve, state
from holdfast.hosts.agent.inventory import stored
from holdfast.hosts.agent.ports import listening
from holdfast.hosts.agent.questions import Asked, ask

DISABLED = frozenset(
    {"", "disabled", "masked", "masked-runtime", "enabled-runtime", "linked", "linked-runtime", "bad"}
)


def observe(request: Json) -> Json:
    """Facts by what was asked for; see `holdfast.hosts.observe.Inquiry`.

    `now` is the host's clock, read last of all.
    """
    asked: list[Asked] = [ask(question) for question in request.get("questions", ())]
    packages, units = request.get("packages", []), request.get("units", [])
    dpkg, systemctl = _start_dpkg(packages), _start_systemctl(units)
    reply = {
        "os": os_name(read(rooted("/etc/os-release"))),
        "python": list(sys.version_info[:2]),
        "root": os.geteuid() == 0,
        "free_mib": _free_mib(),
        "files": {path: digest(rooted(path)) for path in request.get("files", ())},
        "contents": _contents(request.get("contents", ())),
        "marks": {name: read(state("marks", name)) for name in request.get("marks", ())},
        "folders": {path: _names(rooted(path)) for path in request.get("folders", ())},
        "ports": listening() if units else {},
        "inventory": stored() if request.get("inventory") else {},
        "packages": {**dict.fromkeys(packages, ""), **versions(_output(dpkg))},
        "units": unit_states(units, _output(systemctl)),
        "answers": {each.name: each.wait() for each in asked},
    }
    return {**reply, "now": time.time()}


def os_name(release: str) -> str:
    """`ID VERSION_ID` of os-release, as in `debian 13`."""
    fields = dict(line.split("=", 1) for line in release.splitlines() if "=" in line)
    return " ".join(fields.get(key, "").strip("\"'") for key in ("ID", "VERSION_ID")).strip()


def digest(path: Path) -> str:
    """As `PutFile.digest` computes it; "" where there is nothing, "unreadable" for what is not a file."""
    try:
        with path.open("rb") as file:
            found = os.fstat(file.fileno())
            head = f"{_user(found.st_uid)}:{_group(found.st_gid)}:{stat.S_IMODE(found.st_mode):o}\n"
            return hashlib.sha256(head.encode() + file.read()).hexdigest()
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except OSError:
        return "unreadable"


def _contents(paths: Iterable[str]) -> dict[str, str]:
    found = {}
    for path in paths:
        with suppress(OSError):
            found[path] = rooted(path).read_text(errors="replace")
    return found


@cache
def _user(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


@cache
def _group(gid: int) -> str:
    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return str(gid)


def _names(path: Path) -> list[str]:
    """What is in a folder; nothing where there is none. Names that begin with a dot are read by nobody."""
    try:
        return sorted(each.name for each in path.iterdir() if not each.name.startswith("."))
    except OSError:
        return []


def _free_mib() -> int:
    folder = rooted("/var")
    found = os.statvfs(folder if folder.is_dir() else "/")
    return found.f_bavail * found.f_frsize >> 20


def _start(argv: list[str]) -> subprocess.Popen[str] | None:
    quiet = subprocess.DEVNULL
    try:
        return subprocess.Popen(argv, stdin=quiet, stdout=subprocess.PIPE, stderr=quiet, text=True)
    except OSError:
        return None


def _start_dpkg(names: list[str]) -> subprocess.Popen[str] | None:
    shape = "${Package}\t${db:Status-Status}\t${Version}\n"
    folder = f"--admindir={rooted('/var/lib/dpkg')}"
    return _start(["dpkg-query", folder, "-W", "-f", shape, *names]) if names else None


def _start_systemctl(names: list[str]) -> subprocess.Popen[str] | None:
    shape = "--property=ActiveState,UnitFileState"
    return _start(["systemctl", "show", shape, "--", *names]) if names else None


def _output(process: subprocess.Popen[str] | None) -> str:
    return process.communicate(timeout=30)[0] if process else ""


def versions(listing: str) -> dict[str, str]:
    """Installed packages only: one that was removed, or is half installed, is not there."""
    rows = [line.split("\t") for line in listing.splitlines()]
    return {row[0]: row[2] for row in rows if len(row) == 3 and row[1] == "installed"}


def unit_states(names: list[str], listing: str) -> dict[str, Json]:
    """One block a unit, in the order asked; an absent unit is inactive and not enabled."""
    blocks = [block for block in listing.split("\n\n") if block.strip()] + [""] * len(names)
    found = {}
    for name, block in zip(names, blocks, strict=False):
        fields = dict(line.split("=", 1) for line in block.splitlines() if "=" in line)
        found[name] = {
            "active": fields.get("ActiveState", "unknown"),
            "enabled": fields.get("UnitFileState", "") not in DISABLED,
            "applied": read(state("units", name)),
        }
    return found


def main(request: Json) -> None:
    """The program's entry."""
    serve(observe, request)
