"""What was logged on the host this runs on in a stretch of time: by units, and to files of their own."""

from __future__ import annotations

import re
import subprocess
from datetime import datetime

from holdfast.hosts.agent.disk import Json, rooted, serve
from holdfast.hosts.agent.hardware import hardware

MOST = 8 << 20
"""Bytes that are read of one log: a flood must not fill the memory here, nor there."""

STAMP = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)")


def logs(request: Json) -> Json:
    """What `units` logged to the journal, and `files` hold, since `since` (seconds of the epoch)."""
    return {
        "journal": _journal(request["units"], request["since"]) if request["units"] else "",
        "files": {path: _file(path, request["since"]) for path in request["files"]},
        "hardware": hardware(),
    }


def _journal(units: list[str], since: float) -> str:
    chosen = [word for unit in units for word in ("-u", unit)]
    argv = ["journalctl", "--no-pager", "-o", "short-iso-precise", f"--since=@{since:.0f}", *chosen]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        data = process.stdout.read(MOST)
        process.kill()
    return _text(data, whole=len(data) < MOST)


def _file(path: str, since: float) -> str:
    """Its lines from the first that is not older; "" where there is no such file."""
    try:
        with rooted(path).open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - MOST))
            data = file.read(MOST)
    except OSError:
        return ""
    lines = _text(data, whole=True).splitlines(keepends=True)
    for at, line in enumerate(lines):
        when = stamp(line)
        if when is not None and when >= since:
            return "".join(lines[at:])
    return ""


def stamp(line: str) -> float | None:
    """The time that a line begins with, in seconds of the epoch; None where it begins with none."""
    found = STAMP.match(line)
    return datetime.fromisoformat(found[0].replace(",", ".")).timestamp() if found else None


def _text(data: bytes, *, whole: bool) -> str:
    text = data.decode(errors="replace")
    return text if whole else f"{text[: text.rfind(chr(10)) + 1]}(cut here: more than {MOST >> 20} MiB)\n"


def main(request: Json) -> None:
    """The program's entry."""
    serve(logs, request)
