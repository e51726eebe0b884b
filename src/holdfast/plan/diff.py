"""The difference a file's writing would make, secrets left out."""

from __future__ import annotations

from difflib import unified_diff

from holdfast.model.plan import PutFile

AT_MOST = 60  # lines shown of one file


def file_diff(wanted: PutFile, present: str | None) -> str:
    """A unified diff; `present` is None where there is no such file. Of a secret file nothing is shown."""
    if wanted.secret:
        return f"(holds secrets: not shown; {_access(wanted)})"
    if present is None:
        return f"(new file, {len(wanted.content.splitlines())} lines, {_access(wanted)})"
    lines = list(
        unified_diff(
            present.splitlines(), wanted.content.splitlines(), "on the host", "wanted", lineterm="", n=1
        )
    )
    if not lines:
        return f"(same text, now {_access(wanted)})"
    rest = len(lines) - AT_MOST
    return "\n".join([*lines[:AT_MOST], *([f"... {rest} lines more"] if rest > 0 else [])])


def _access(wanted: PutFile) -> str:
    return f"{wanted.owner}:{wanted.group} {wanted.mode:o}"
