"""The machine that figures were measured on, without its name."""

from __future__ import annotations

import os
import platform

from holdfast.hosts.logs import this_machine


def describe() -> dict[str, str]:
    """Cores, memory, kernel, processor and Python, as people read them."""
    found = this_machine()
    return {
        "processor": found.processor,
        "cores": str(found.cores),
        "memory": f"{found.memory:.1f} GiB",
        "kernel": found.kernel,
        "python": platform.python_version(),
    }


def load() -> float:
    """What the machine had to do in the last minute, in processes ready to run."""
    return round(os.getloadavg()[0], 2)
