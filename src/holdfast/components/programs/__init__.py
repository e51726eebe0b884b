"""Programs that run on hosts, shipped as files: read as text here, never imported."""

from __future__ import annotations

from functools import cache
from importlib import resources


@cache
def program(name: str) -> str:
    """The text of a program in this folder: one for all the hosts that get it."""
    return resources.files(__name__).joinpath(name).read_text()
