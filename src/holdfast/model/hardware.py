"""What a machine is: figures mean nothing without it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Hardware:
    """`cores` are those that may be used, `memory` is in GiB."""

    processor: str
    cores: int
    memory: float
    kernel: str
