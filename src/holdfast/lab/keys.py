"""Keys of a lab and its hosts, made here so that known_hosts is exact before the first connection."""

import os
from pathlib import Path

from holdfast.lab.command import run


def make_key(path: Path, comment: str) -> str:
    """Make an ed25519 key pair unless it is there whole; return the public half's text."""
    public = path.with_name(path.name + ".pub")
    if not (path.exists() and public.exists()):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        run(("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", str(path)))
    path.chmod(0o600)
    return public.read_text().strip()


def write_private(path: Path, text: str) -> None:
    """Replace a file in one step, mode 0600."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_text(text)
    beside.chmod(0o600)
    beside.replace(path)
