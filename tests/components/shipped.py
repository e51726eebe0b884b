"""The programs that run on hosts, loaded from their files: the package never imports them."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

from holdfast.components import programs

FOLDER = Path(programs.__file__).parent


def shipped(name: str) -> ModuleType:
    """The program of that name, without its `.py`, as a module."""
    spec = importlib.util.spec_from_file_location(f"shipped_{name}", FOLDER / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
