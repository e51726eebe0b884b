"""A file that comes as raw bytes behind the request, written atomically."""

from __future__ import annotations

import grp
import pwd
import sys
from collections.abc import Iterator

from holdfast.hosts.agent.disk import Json, rooted, serve, write


def receive(request: Json) -> Json:
    """Writes all that follows the request to `path`, with `mode` and `owner` (user:group)."""
    user, _, group = request["owner"].partition(":")
    uid, gid = pwd.getpwnam(user).pw_uid, grp.getgrnam(group).gr_gid
    write(rooted(request["path"]), _chunks(request["size"]), mode=request["mode"], uid=uid, gid=gid)
    return {}


def _chunks(size: int) -> Iterator[bytes]:
    came = 0
    while chunk := sys.stdin.buffer.read(1 << 20):
        came += len(chunk)
        yield chunk
    if came != size:
        raise OSError(f"{came} of {size} bytes came")


def main(request: Json) -> None:
    """The program's entry."""
    serve(receive, request)
