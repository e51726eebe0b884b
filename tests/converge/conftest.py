"""The scene that every walk here begins with."""

from __future__ import annotations

from pathlib import Path

import pytest
from scene import Scene

from holdfast.journal import Journal


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(Journal(tmp_path / "journal.jsonl"))
