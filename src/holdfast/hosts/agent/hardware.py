"""What the machine is that this runs on: plain words, without its name."""

from __future__ import annotations

import os
import platform
import re

from holdfast.hosts.agent.disk import Json, read, rooted


def hardware() -> Json:
    """Processor, cores that may be used, memory in GiB, and kernel."""
    return {
        "processor": processor(read(rooted("/proc/cpuinfo"))),
        "cores": len(os.sched_getaffinity(0)),
        "memory": memory(read(rooted("/proc/meminfo"))),
        "kernel": f"{platform.system()} {platform.release()}",
    }


def processor(cpuinfo: str) -> str:
    """The processor's name, or its kind where it has none."""
    found = re.search(r"^model name\s*:\s*(.+)$", cpuinfo, re.MULTILINE)
    return found[1].strip() if found else platform.machine()


def memory(meminfo: str) -> float:
    """GiB, 0.0 where nobody says."""
    found = re.search(r"^MemTotal:\s*(\d+) kB$", meminfo, re.MULTILINE)
    return round(int(found[1]) / 1024**2, 1) if found else 0.0
