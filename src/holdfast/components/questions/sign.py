"""What is asked of a program of ours that watches over something: does it look?"""

from __future__ import annotations

from typing import Any


def looks(sign: str) -> dict[str, Any]:
    """Asks for a sign of life, by the file that it touches at each look."""
    import time
    from pathlib import Path

    age = time.time() - Path(sign).stat().st_mtime
    return {"ok": age < 5, "text": "looks" if age < 5 else f"has not looked for {age:.0f} s"}
