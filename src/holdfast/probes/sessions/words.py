"""Errors and reasons of clients in one short line."""

from __future__ import annotations


def line(what: object) -> str:
    """An error, with its type, or a reason; 160 characters at most."""
    name = f"{type(what).__name__}: " if isinstance(what, BaseException) else ""
    return " ".join(f"{name}{what}".split())[:160]
