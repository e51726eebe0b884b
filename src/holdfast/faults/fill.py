"""fill-<unit>: nothing is left on the disk under a component's data."""

from __future__ import annotations

from collections.abc import Iterable

from holdfast.faults import Fault, Hands, Target
from holdfast.faults.aiming import process_targets
from holdfast.faults.aiming.deeds import on_each, run, start
from holdfast.model.component import Component
from holdfast.model.failover import Effect, Strike

NAME = ".holdfast-fill"
MOST = 4 << 30
"""Bytes: a larger file system is somebody's whole disk, whatever is mounted where."""

# Space is asked for and not written: a disk is full within milliseconds.
FILL = """
import errno, os, sys
folder, name, most = sys.argv[1], sys.argv[2], int(sys.argv[3])
if not os.path.ismount(folder):
    sys.exit(f"{folder} is on a disk with other things: only one of its own is filled")
disk = os.statvfs(folder)
size = disk.f_frsize * disk.f_blocks
if size > most:
    sys.exit(f"the file system at {folder} has {size >> 20} MiB: above {most >> 20} MiB none is filled")
with open(os.path.join(folder, name), "wb") as file:
    step = size
    while step >= 4096:
        try:
            os.posix_fallocate(file.fileno(), os.fstat(file.fileno()).st_size, step)
        except OSError as error:
            if error.errno != errno.ENOSPC: raise
            step //= 2
"""


def _strikes(components: Iterable[Component]) -> tuple[Strike, ...]:
    """One for each component that keeps data, by the name of the unit that does so."""
    return tuple(
        Strike(f"fill-{c.units[0].removesuffix('.service')}", Effect.FULL, c.name, kinds=c.kinds)
        for c in components
        if c.keeps and c.units
    )


def _folders(hands: Hands, target: Target) -> tuple[str, ...]:
    """Where the struck component keeps its data."""
    return next(c.keeps for c in hands.site.catalogue if c.keeps and target.unit in c.units[:1])


async def _fill(hands: Hands, target: Target, host: str) -> None:
    for folder in _folders(hands, target):
        await run(hands, target, host, "/usr/bin/python3", "-I", "-c", FILL, folder, NAME, str(MOST))


async def _make_room(hands: Hands, target: Target, host: str) -> None:
    for folder in _folders(hands, target):
        await run(hands, target, host, "rm", "--force", f"{folder}/{NAME}")
    await start(hands, target, host)


async def _inject(hands: Hands, target: Target) -> None:
    await on_each(hands, target, _fill)


async def _heal(hands: Hands, target: Target) -> None:
    await on_each(hands, target, _make_room)


FAULT = Fault(
    family="fill",
    summary="nothing is left on the disk under its data, where that is a small one of its own",
    strikes=_strikes,
    targets=process_targets,
    inject=_inject,
    heal=_heal,
)
