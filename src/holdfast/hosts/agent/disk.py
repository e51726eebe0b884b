"""Paths, atomic writes and records under /var/lib/holdfast, on the host this runs on."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

Json = dict[str, Any]


def rooted(path: str) -> Path:
    """The path itself; below HOLDFAST_ROOT where that is set, which only tests do."""
    root = os.environ.get("HOLDFAST_ROOT", "")
    return Path(root + path) if root else Path(path)


def state(*parts: str) -> Path:
    """A path in Holdfast's own folder; a part may hold any character."""
    return rooted("/var/lib/holdfast").joinpath(
        *(part.replace("%", "%25").replace("/", "%2F") for part in parts)
    )


def make_folder(folder: Path, mode: int = 0o755) -> None:
    """Makes a folder and its parents with `mode`, whatever the umask; leaves those that are there alone."""
    missing = []
    while not folder.is_dir():
        missing.append(folder)
        folder = folder.parent
    for each in reversed(missing):
        each.mkdir(exist_ok=True)
        each.chmod(mode)


def sync_folder(folder: Path) -> None:
    """Makes the names in a folder survive a loss of power."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write(path: Path, data: Iterable[bytes], *, mode: int = 0o644, uid: int = -1, gid: int = -1) -> None:
    """Replaces a file by the chunks of `data`, as a whole or not at all, also across a loss of power.

    Raises OSError, and what `data` raises.
    """
    make_folder(path.parent)
    # The dot and the ending keep it out of every conf.d pattern while it is being written.
    beside = path.with_name(f".{path.name}.holdfast")
    beside.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.writelines(data)
            file.flush()
            os.fchown(file.fileno(), uid, gid)
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def erase(path: Path) -> None:
    """Removes a file, also across a loss of power; one that is not there is no fault."""
    with contextlib.suppress(FileNotFoundError):
        path.unlink()
        sync_folder(path.parent)


def read(path: Path) -> str:
    """A file's text, "" where there is none."""
    try:
        return path.read_text(errors="replace")
    except (FileNotFoundError, NotADirectoryError):
        return ""


def record(line: Json) -> None:
    """Appends to the host's own journal, on disk before this returns; begins anew past 1 MiB."""
    path = state("journal.jsonl")
    make_folder(path.parent)
    with contextlib.suppress(FileNotFoundError):
        if path.stat().st_size > 1 << 20:
            path.replace(path.with_name("journal.jsonl.1"))
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(handle, json.dumps({"at": time.time(), **line}).encode() + b"\n")
        os.fsync(handle)
    finally:
        os.close(handle)


def unfinished(run_id: str) -> list[Json]:
    """The steps of a run that this host's journal says were begun and neither done nor failed."""
    begun: dict[str, Json] = {}
    for line in read(state("journal.jsonl")).splitlines():
        with contextlib.suppress(ValueError, KeyError):
            entry = json.loads(line)
            if entry["run"] == run_id:
                begun.pop(entry["step"], None)
                if entry["kind"] == "begun":
                    begun[entry["step"]] = entry
    return list(begun.values())


@contextlib.contextmanager
def locked(name: str, patience: float) -> Iterator[bool]:
    """Holds one of the host's side-file locks; False when others kept it for `patience` seconds."""
    make_folder(state())
    with os.fdopen(os.open(state(name), os.O_RDWR | os.O_CREAT, 0o600), "wb") as file:
        until = time.monotonic() + patience
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > until:
                    yield False
                    return
                time.sleep(0.02)
            else:
                yield True
                return


def serve(answer: Callable[[Json], Json], request: Json) -> None:
    """Writes the answer as JSON to the standard output, which nothing else can reach; ends the process."""
    out = os.dup(1)
    os.dup2(2, 1)
    try:
        reply = answer(request)
    except Exception as error:
        reply = {"error": f"{type(error).__name__}: {error}"}
    with os.fdopen(out, "w") as file:
        json.dump(reply, file, default=str)
    # A question past its deadline may still hang in its thread: nobody waits for it.
    os._exit(0)
