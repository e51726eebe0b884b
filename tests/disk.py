"""A disk that is full below one folder, and nowhere else: the suite itself may be writing to a file."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def full_disk(folder: Path, room: int = 0) -> Iterator[None]:
    """No file below the folder grows beyond `room` bytes; a write that fits in part is taken in part."""
    write = os.write

    def limited(handle: int, data: bytes) -> int:
        if not Path(f"/proc/self/fd/{handle}").readlink().is_relative_to(folder):
            return write(handle, data)
        fits = room - os.fstat(handle).st_size
        if fits <= 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(handle, data[:fits])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "write", limited)
        yield
