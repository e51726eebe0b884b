"""Files that only their owner reads, written whole or not at all, by one process at a time."""

from __future__ import annotations

import fcntl
import json
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from holdfast.model.errors import BadInput

LOCK = "secrets.lock"
PATIENCE = 60.0
"""Seconds to wait for another process that makes secrets."""

LARGEST = 64 * 1024 * 1024
"""Bytes; the certificates of ten thousand hosts have a third of that."""


@dataclass(frozen=True)
class Fault:
    """What is wrong, where, why and the cure, never a value; `key` leads to its cause in the cloud file."""

    text: str
    key: tuple[str, ...] = ()


class VaultError(BadInput):
    """Secrets, certificates or keys cannot be had: every fault of them at once."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__("\n".join(fault.text for fault in faults))
        self.faults = faults


@contextmanager
def collecting(faults: list[Fault]) -> Iterator[None]:
    """Adds the faults of a VaultError to those of others, so that all are told together."""
    try:
        yield
    except VaultError as error:
        faults += error.faults


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Makes the folder where it is missing, closes it to other users, keeps other processes out.

    Two processes that make secrets at the same time would each deploy their own. Raises VaultError.
    """
    try:
        _make_folder(folder)
        handle = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise _refusal(
            f"{folder} cannot keep secrets: {error.strerror}; run as the user who made it, make room, or "
            "correct its owner and permissions"
        ) from None
    try:
        _wait_for(handle, folder)
        yield
    finally:
        os.close(handle)


def read_private(path: Path) -> dict[str, object]:
    """A file's JSON mapping, {} where there is no file. Raises VaultError, also where others can use it."""
    try:
        # Without O_NONBLOCK a pipe in the file's place would be waited for without end.
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise _refusal(f"{path} cannot be read: {error.strerror}; correct its owner or kind") from None
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode) or status.st_size > LARGEST:
            raise damaged(path)
        _refuse_shared(path, status)
        with open(handle, "rb", closefd=False) as file:
            values = json.loads(file.read())
        if isinstance(values, dict):
            return values
        raise damaged(path)
    except (ValueError, RecursionError):
        raise damaged(path) from None
    except OSError as error:
        raise _refusal(f"{path} cannot be read: {error.strerror}; look at its disk") from None
    finally:
        os.close(handle)


def damaged(path: Path) -> VaultError:
    """What to say of a file that is not what Holdfast wrote."""
    return _refusal(
        f"{path} is damaged: it is not what Holdfast wrote; restore it from a backup (new secrets would not "
        "match what the hosts hold)"
    )


def write_private(path: Path, text: str) -> None:
    """Replaces a file: after a crash the old or the new one is there, whole. Raises VaultError."""
    new = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        new.unlink(missing_ok=True)
        handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            os.fchmod(handle, 0o600)
            file.write(text)
            file.flush()
            os.fsync(handle)
        new.replace(path)
        _sync(path.parent)
    except OSError as error:
        with suppress(OSError):
            new.unlink(missing_ok=True)
        raise _refusal(f"{path} cannot be written: {error.strerror}; make room or correct it") from None


def _refusal(text: str) -> VaultError:
    return VaultError(Fault(text))


def _make_folder(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    status = folder.stat()
    if status.st_uid != os.geteuid():
        raise PermissionError(0, f"it belongs to user {status.st_uid}")
    if stat.S_IMODE(status.st_mode) & 0o077:
        folder.chmod(0o700)
    ignore = folder.parent / ".gitignore"
    if folder.parent.name == ".holdfast" and not ignore.exists():
        write_private(ignore, "# Secrets: never into version control.\n*\n")


def _wait_for(handle: int, folder: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise _refusal(
                    f"another process has held {folder / LOCK} for {PATIENCE:g} s; end it, then try again"
                ) from None
            time.sleep(0.02)


def _refuse_shared(path: Path, status: os.stat_result) -> None:
    mode, owner, own = stat.S_IMODE(status.st_mode), status.st_uid, os.geteuid()
    if owner != own:
        raise _refusal(
            f"{path} belongs to user {owner}, not to you ({own}), who may read and change it; run as that "
            f"user, or take it over: chown {own} {path}"
        )
    if mode & 0o077:
        raise _refusal(
            f"{path} can be used by others (its mode is {mode:o}), who may know its secrets; look who "
            f"that is, then chmod 600 {path}"
        )


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
