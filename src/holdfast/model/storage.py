"""Storage is what a host gives to the cloud's data: a whole device, or a file where there is none."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Storage:
    """A block device by its path, or, where that is "", a file of `file_gib` GiB."""

    device: str = ""
    file_gib: int = 0
