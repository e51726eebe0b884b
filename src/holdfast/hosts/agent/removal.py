"""Files and folders taken away: removed, or data kept aside."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import subprocess
import time
from itertools import count
from pathlib import Path, PurePosixPath

from holdfast.hosts.agent.disk import make_folder, read, record, rooted, state, sync_folder

OWN = PurePosixPath("/var/lib/holdfast")


def remove(path: str, recursive: bool) -> str:
    """Removes a file, a link or an empty folder, or with `recursive` a folder with all in it; "" or why not.

    What is not there is no fault. A link goes, and what it leads to stays.
    """
    target = rooted(path)
    try:
        is_folder = stat.S_ISDIR(target.lstat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return ""
    if fault := unfit(path) or (_mounted(target) if is_folder else ""):
        return fault
    if not is_folder:
        target.unlink()
    elif recursive:
        shutil.rmtree(target)
    else:
        try:
            target.rmdir()
        except OSError as error:
            if error.errno == errno.ENOTEMPTY:
                return "it is a folder with something in it"
            raise
    sync_folder(target.parent)
    return ""


def keep(path: str, to: str) -> str:
    """Moves data into a dated folder of Holdfast's own, as `to`, and leaves its folder empty; "" or why not.

    What is not there, or empty, was kept before. The host's journal says where it went.
    """
    source = rooted(path)
    if not (source.exists() or source.is_symlink()):
        return ""
    if fault := unfit(path) or misnamed(to) or _mounted(source):
        return fault
    if source.is_dir() and not any(source.iterdir()):
        return ""
    owned = source.lstat()
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    names = (f"{stamp}-{number}" if number else stamp for number in count())
    place = next(p for p in (state("kept", name, to) for name in names) if not p.exists())
    make_folder(place.parent, mode=0o700)
    if fault := _moved(source, place):
        return fault
    sync_folder(place.parent)
    record({"kind": "kept", "path": path, "to": str(place)})
    if source.exists():
        shutil.rmtree(source)
    if stat.S_ISDIR(owned.st_mode):
        _emptied(source, owned)
    sync_folder(source.parent)
    return ""


def _moved(source: Path, place: Path) -> str:
    try:
        source.rename(place)
    except OSError as error:
        if error.errno == errno.EXDEV:
            return _copied(source, place)
        place.parent.rmdir()
        raise
    return ""


def _emptied(source: Path, owned: os.stat_result) -> None:
    """The package that made the folder stays, and would not make it again when it is wanted again."""
    source.mkdir()
    os.chown(source, owned.st_uid, owned.st_gid)
    source.chmod(stat.S_IMODE(owned.st_mode))


def _copied(source: Path, place: Path) -> str:
    """Copies data to another filesystem, whole or not at all; "" or why not."""
    for left in place.parent.parent.glob(f"*/{place.name}.part"):
        shutil.rmtree(left)
    part = place.with_name(f"{place.name}.part")
    argv = ("cp", "--archive", "--", str(source), str(part))
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode:
        shutil.rmtree(part, ignore_errors=True)
        place.parent.rmdir()
        why = (done.stderr.strip().splitlines() or ["cp failed"])[-1]
        return f"it cannot be copied to {OWN}/kept: {why}"
    os.sync()
    part.rename(place)
    return ""


def unfit(path: str) -> str:
    """Why a path is never taken away; "" for any other."""
    plain = PurePosixPath(path)
    if not plain.is_absolute() or ".." in plain.parts:
        return "it is not an absolute, plain path"
    if len(plain.parts) < 3 or OWN.is_relative_to(plain):
        return "too much hangs on it"
    return ""


def misnamed(to: str) -> str:
    """Why data is not kept under a name; "" for any other."""
    return f"{to!r} is not one plain name" if to in ("", ".", "..") or "/" in to else ""


def _mounted(target: Path) -> str:
    found = mounts_in(read(Path("/proc/self/mountinfo")), str(target))
    return f"a filesystem is mounted at {found[0]}: unmount it by hand, then apply again" if found else ""


def mounts_in(mountinfo: str, folder: str) -> list[str]:
    """Mount points that are the folder or in it, in the text of /proc/self/mountinfo."""
    points = [line.split()[4].replace("\\040", " ") for line in mountinfo.splitlines()]
    return [point for point in points if point == folder or point.startswith(f"{folder}/")]
