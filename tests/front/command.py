"""The command line as a person runs it: a process of its own, with a home and a folder of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

MAIN = "from holdfast.front.cli import main; main()"


@dataclass(frozen=True)
class Place:
    """A folder to work in, and a home; `run` works there and nowhere else."""

    folder: Path
    home: Path

    def run(self, *words: str, before: str = "", timeout: float = 60) -> subprocess.CompletedProcess[str]:
        """Runs `holdfast WORDS`; `before` is Python that runs first, to simulate another machine."""
        return subprocess.run(
            [sys.executable, "-c", f"{before}\n{MAIN}", *words],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    @property
    def environment(self) -> dict[str, str]:
        """Nothing of this machine's user but its PATH."""
        return {"PATH": os.environ["PATH"], "HOME": str(self.home), "LANG": "C.UTF-8", "COLUMNS": "120"}

    def everything(self) -> set[str]:
        """Every path below the folder and the home."""
        return {str(p.relative_to(self.folder.parent)) for p in self.folder.parent.rglob("*")}
