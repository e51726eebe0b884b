"""Removing every trace of labs from this machine, whatever was killed before."""

from pathlib import Path

from holdfast.lab import fabric, group
from holdfast.lab.command import LabError
from holdfast.lab.image import CACHE, Say, remove_idle_partial, remove_tree
from holdfast.lab.lab import HOME, remove_empty


def clean_all(say: Say) -> None:
    """Remove machines, groups, namespaces, interfaces and disks of all labs; finished images stay cached."""
    failed = []
    for cloud in _clouds():
        try:
            clean_lab(cloud, say)
        except LabError as error:
            failed.append(str(error))
    if failed:
        raise LabError("; ".join(failed))
    for name in fabric.remove_nameless():
        say(f"removed the network namespace {name}")
    group.release_tree()
    for folder in (HOME, HOME.parent, Path("/run/holdfast")):
        remove_empty(folder)
    remove_idle_partial(CACHE)


def clean_lab(cloud: str, say: Say) -> None:
    """Remove every trace of one cloud's lab by its name alone; no cloud file, key or record is needed."""
    machines = group.tree() / group.PREFIX / cloud
    for machine in sorted(machines.glob("*/cgroup.procs")):
        group.kill(machine.parent)
        say(f"lab {cloud}: powered off {machine.parent.name}")
    group.remove_lab(cloud)
    fabric.remove_fabric(cloud)
    if (HOME / cloud).is_dir():
        remove_tree(HOME / cloud)
        say(f"lab {cloud}: removed its disks")


def _clouds() -> tuple[str, ...]:
    grouped = {entry.parent.name for entry in (group.tree() / group.PREFIX).glob("*/cgroup.procs")}
    stored = {entry.name for entry in HOME.iterdir() if entry.is_dir()} if HOME.is_dir() else set()
    return tuple(sorted(grouped | stored | set(fabric.fabrics())))
