"""Waiting for what is to come, however busy the machine is."""

from __future__ import annotations

import time
from collections.abc import Callable


def wait_until(holds: Callable[[], object], deadline_s: float = 60) -> None:
    """Asks ten times a second until it is so; the deadline is for what will never be."""
    until = time.monotonic() + deadline_s
    while not holds():
        assert time.monotonic() < until, f"still not so after {deadline_s} s"
        time.sleep(0.1)
