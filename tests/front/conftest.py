"""Places to run the command line in."""

from __future__ import annotations

from pathlib import Path

import pytest
from command import Place

from holdfast.front.starter import starter


@pytest.fixture
def empty(tmp_path: Path) -> Place:
    """A folder without a cloud file."""
    (tmp_path / "work").mkdir()
    (tmp_path / "home").mkdir()
    return Place(tmp_path / "work", tmp_path / "home")


@pytest.fixture
def place(empty: Place) -> Place:
    """A folder with a sound cloud file of three hosts that do not exist."""
    (empty.folder / "cloud.yaml").write_text(starter(3).replace("198.18.0.", "198.19.77."))
    return empty
