"""The machine that figures were measured on, without its name."""

from __future__ import annotations

import os
import platform
import re
from pathlib import Path


def describe() -> dict[str, str]:
    """Cores, memory, kernel, processor and Python, as people read them."""
    return {
        "processor": _processor(Path("/proc/cpuinfo").read_text()),
        "cores": str(len(os.sched_getaffinity(0))),
        "memory": _memory(Path("/proc/meminfo").read_text()),
        "kernel": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
    }


def load() -> float:
    """What the machine had to do in the last minute, in processes ready to run."""
    return round(os.getloadavg()[0], 2)


def _processor(cpuinfo: str) -> str:
    found = re.search(r"^model name\s*:\s*(.+)$", cpuinfo, re.MULTILINE)
    return found[1].strip() if found else platform.machine()


def _memory(meminfo: str) -> str:
    found = re.search(r"^MemTotal:\s*(\d+) kB$", meminfo, re.MULTILINE)
    return f"{int(found[1]) / 1024**2:.1f} GiB" if found else "unknown"
