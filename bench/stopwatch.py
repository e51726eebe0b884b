"""Runs a command as a person would and tells how long it took."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


class Failed(Exception):
    """A measured command did not end as it should: its figure would mean nothing."""


@dataclass(frozen=True)
class Timed:
    """A command's wall-clock seconds, from its start to its end, and what it printed on both outputs."""

    seconds: float
    out: str


def timed(
    argv: tuple[str, ...],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    limit: float = 900,
    fine: tuple[int, ...] = (0,),
) -> Timed:
    """Raises Failed unless the command ends with one of the codes `fine` within `limit` seconds."""
    began = time.monotonic()
    try:
        done = subprocess.run(
            argv,
            cwd=cwd,
            env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=limit,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Failed(f"`{' '.join(argv)}` did not end within {limit:g} s") from None
    seconds = time.monotonic() - began
    if done.returncode not in fine:
        raise Failed(f"`{' '.join(argv)}` ended with {done.returncode}:\n{done.stdout[-3000:]}")
    return Timed(seconds, done.stdout)
