"""Files and folders taken away: removed, or data kept aside."""

from __future__ import annotations

import errno
import shutil
import stat
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
    """Moves data into a dated folder of Holdfast's own, as `to`; "" or why not.

    What is not there was kept before. The host's journal says where it went.
    """
    source = rooted(path)
    if not (source.exists() or source.is_symlink()):
        return ""
    if fault := unfit(path) or misnamed(to) or _mounted(source):
        return fault
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    names = (f"{stamp}-{number}" if number else stamp for number in count())
    place = next(p for p in (state("kept", name, to) for name in names) if not p.exists())
    make_folder(place.parent, mode=0o700)
    try:
        source.rename(place)
    except OSError as error:
        place.parent.rmdir()
        if error.errno == errno.EXDEV:
            return f"it is on another filesystem than {OWN}/kept: move it aside by hand, then apply again"
        raise
    sync_folder(place.parent)
    sync_folder(source.parent)
    record({"kind": "kept", "path": path, "to": str(place)})
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
