"""Quorums of a site: the components that live by majority, and their members."""

from __future__ import annotations

from dataclasses import dataclass

from holdfast.model.catalogue import Here, Placed, Site
from holdfast.model.cloud import Host
from holdfast.model.process import Ha


@dataclass(frozen=True)
class Quorum:
    """A component whose members decide by majority."""

    placed: Placed
    members: tuple[Host, ...]

    @property
    def spare(self) -> int:
        """How many members may be lost at the same time, and a strict majority is left."""
        return max(0, (len(self.members) - 1) // 2)


def quorums(site: Site) -> tuple[Quorum, ...]:
    """Every component with a process that needs a majority, with the hosts that run it."""
    found = []
    for placed in site.placed:
        members = tuple(host for host in placed.hosts if _decides(Here(site, placed, host)))
        if members:
            found.append(Quorum(placed, members))
    return tuple(found)


def _decides(here: Here) -> bool:
    return any(process.ha is Ha.QUORUM for process in here.processes)
