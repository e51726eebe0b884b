"""Asking and changing this kernel's interfaces by `ip`, in a namespace or ("") in this machine's own."""

import json
from collections.abc import Sequence
from typing import Any

from holdfast.lab.command import LabError, attempt


def shown(namespace: str, *words: str) -> list[dict[str, Any]]:
    """What `ip WORDS` shows, one entry an interface; empty where the namespace or the interface is not."""
    done = attempt((*_ip(namespace), "-json", *words))
    return [entry for entry in json.loads(done.stdout or "[]") if entry] if done.returncode == 0 else []


def change(namespace: str, *lines: Sequence[str]) -> None:
    """Change interfaces, a line each, in one go and in this order; LabError at the first that fails."""
    if not lines:
        return
    text = "\n".join(" ".join(_quoted(word) for word in line) for line in lines)
    done = attempt((*_ip(namespace), "-batch", "-"), stdin=text + "\n")
    if done.returncode != 0:
        where = f"namespace {namespace}" if namespace else "this machine"
        raise LabError(f"changing the network of {where} failed: {done.stderr.strip()}; asked was: {text}")


def _quoted(word: str) -> str:
    return f'"{word}"' if " " in word else word


def _ip(namespace: str) -> tuple[str, ...]:
    return ("ip", "-netns", namespace) if namespace else ("ip",)
