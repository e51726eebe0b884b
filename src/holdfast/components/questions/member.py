"""What every member of a cluster is asked before a first start is decided."""

from __future__ import annotations

from typing import Any


def has_data(path: str) -> dict[str, Any]:
    """Whether a member was ever made here: then this is there."""
    from pathlib import Path

    there = Path(path).exists()
    return {"ok": True, "text": "has data" if there else "no data", "data": there}
