"""What is asked about cells: whether each is mapped as it should be, and has its compute hosts."""

from __future__ import annotations

from typing import Any


def as_mapped(argv: list[str], cells: list[list[str]], hosts: list[str]) -> dict[str, Any]:
    """Has a program on this host tell what is mapped; names what is missing or otherwise.

    A cell is [id, name, database, bus].
    """
    import json
    import subprocess

    done = subprocess.run(argv, capture_output=True, text=True, timeout=14, check=False, cwd="/")
    if done.returncode:
        return {"ok": None, "text": f"cannot be told here: {done.stderr.strip()[-200:]}"}
    found = json.loads(done.stdout)
    amiss = [f"{cell[1]} is not mapped as it should be" for cell in cells if cell not in found["cells"]]
    amiss += [f"no cell has {host}" for host in hosts if [host] not in found["hosts"]]
    return {"ok": not amiss, "text": "; ".join(amiss) or f"{len(cells)} cells, {len(hosts)} hosts"}
