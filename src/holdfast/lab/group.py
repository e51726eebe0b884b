"""Control groups in this machine's cgroup2 tree: who lives in one, and how to end them all at once."""

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

from holdfast.lab.command import LabError, run

PREFIX = "holdfast-lab"
_OWN_MOUNT = Path("/run/holdfast/cgroup2")


def tree() -> Path:
    """Where cgroup2 is mounted here; a machine with only the old hierarchy gets a mount of our own."""
    for line in Path("/proc/self/mounts").read_text().splitlines():
        _, point, kind, *_ = line.split()
        if kind == "cgroup2":
            return Path(point)
    _OWN_MOUNT.mkdir(parents=True, exist_ok=True)
    run(("mount", "-t", "cgroup2", "cgroup2", str(_OWN_MOUNT)))
    return _OWN_MOUNT


def release_tree() -> None:
    """Unmount the mount `tree` made, if it did."""
    if _OWN_MOUNT.is_mount():
        run(("umount", str(_OWN_MOUNT)))


def path(cloud: str, host: str) -> Path:
    """The group of one machine, whether it exists or not."""
    return tree() / PREFIX / cloud / host


def is_populated(group: Path) -> bool:
    """Whether a live process is in the group or below it."""
    try:
        events = (group / "cgroup.events").read_text()
    except (FileNotFoundError, OSError):
        return False
    return "populated 1" in events


def processes(group: Path) -> tuple[int, ...]:
    """Every process of the group and of those below it."""
    found: list[int] = []
    for folder, _, _ in os.walk(group):
        try:
            found += [int(pid) for pid in (Path(folder) / "cgroup.procs").read_text().split()]
        except OSError:  # a group that went away meanwhile
            continue
    return tuple(found)


def kill(group: Path, deadline_s: float = 15.0) -> None:
    """SIGKILL everything in the group at one instant, wait until nothing lives, remove the group."""
    if not group.is_dir():
        return
    (group / "cgroup.kill").write_text("1")
    wait_empty(group, deadline_s)
    remove(group)


def wait_empty(group: Path, deadline_s: float) -> None:
    """Wait until the group has no live process; LabError names those left at the deadline."""
    until = time.monotonic() + deadline_s
    while is_populated(group):
        if time.monotonic() > until:
            raise LabError(f"processes {processes(group)} in {group} still live after {deadline_s:g} s")
        time.sleep(0.01)


def remove(group: Path) -> None:
    """Remove an empty group with those below it; the kernel may hold one for a moment after its last exit."""
    until = time.monotonic() + 5
    while group.is_dir():
        for folder, _, _ in os.walk(group, topdown=False):
            try:
                Path(folder).rmdir()
            except OSError as error:
                if time.monotonic() > until:
                    raise LabError(f"the control group {folder} cannot be removed: {error}") from error
        time.sleep(0.01)


def remove_lab(cloud: str) -> None:
    """Remove the groups of one cloud, all of them empty, and the one above when no other lab needs it."""
    remove(tree() / PREFIX / cloud)
    with suppress(OSError):
        (tree() / PREFIX).rmdir()


def signal_member(group: Path, pid: int, number: signal.Signals) -> None:
    """Signal a process only if it still is in the group: a number can pass to a stranger."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        if pid in processes(group):
            signal.pidfd_send_signal(handle, number)
    except ProcessLookupError:
        return
    finally:
        os.close(handle)
