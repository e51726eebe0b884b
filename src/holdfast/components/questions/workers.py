"""What a daemon with workers of its own is asked that holds no connection while it has nothing to do."""

from __future__ import annotations

from typing import Any


def has_workers(unit: str) -> dict[str, Any]:
    """Asks the kernel for the unit's processes: the first one, and one at least that it keeps at work."""
    from pathlib import Path

    ids = Path(f"/sys/fs/cgroup/system.slice/{unit}/cgroup.procs")
    found = ids.read_text().split() if ids.exists() else []
    states = [Path(f"/proc/{each}/stat").read_text().rsplit(")", 1)[1].split()[0] for each in found]
    still = sum(state in "TtZX" for state in states)
    text = f"{len(found)} processes" + (f", {still} of them stopped" if still else "")
    return {"ok": len(found) > 1 and not still, "text": text}
