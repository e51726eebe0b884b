"""Programs that run on hosts, shipped as files: read as text here, never imported."""

from __future__ import annotations

from importlib import resources


def program(name: str) -> str:
    """The text of a program in this folder."""
    return resources.files(__name__).joinpath(name).read_text()
