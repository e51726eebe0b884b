"""A secret is a text that never prints itself."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, repr=False)
class Secret:
    """Holds a secret text; `reveal()` is the only way to it, so that each use can be searched for."""

    _text: str

    def reveal(self) -> str:
        """The secret itself: for file contents and protocol handshakes only."""
        return self._text

    def __repr__(self) -> str:
        return "***"

    __str__ = __repr__
