"""Every error in plain words instead of a traceback, which a log has."""

from __future__ import annotations

import errno
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO, cast

from holdfast.front.paper import harmless
from holdfast.model.errors import CannotWrite, Exit, HoldfastError

NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO)


@contextmanager
def plain_errors() -> Iterator[None]:
    """Turns an error, and output that cannot be written, into plain words and an exit code."""
    try:
        with _output_told():
            yield
    except (KeyboardInterrupt, SystemExit) as ended:
        # typer turns an interrupt into the exit code without a word.
        if isinstance(ended, SystemExit) and ended.code != Exit.INTERRUPTED:
            raise
        tell("interrupted; the same command resumes")
        raise SystemExit(Exit.INTERRUPTED) from None
    except Exception as error:
        told = expected(error)
        tell(str(told))
        raise SystemExit(told.exit) from None


def expected(error: Exception) -> HoldfastError:
    """The error as it is told: itself, or what it means of a file; else it is a crash, which is logged."""
    if isinstance(error, HoldfastError):
        return error
    if isinstance(error, OSError) and _of_files(error):
        return FileTrouble(error)
    return Crashed(error, _crash_log(error))


class FileTrouble(CannotWrite):
    """A file of this machine cannot be read or written: says which, why, and the cure."""

    def __init__(self, error: OSError) -> None:
        cure = "make room there, or correct its owner and permissions; the same command resumes"
        super().__init__(f"{error.filename or 'a file beside the cloud file'}: {error.strerror}; {cure}")


class Crashed(HoldfastError):
    """A fault of Holdfast's own, in one line; `log` is where its traceback is, or why it is nowhere."""

    exit = Exit.CRASHED

    def __init__(self, error: Exception, log: str) -> None:
        words = " ".join(f"{type(error).__name__}: {error}".split())
        super().__init__(f"this is a fault of Holdfast's own: {words[:300]}; report it with the log: {log}")


def _crash_log(error: Exception) -> str:
    """The path of a new file that only its owner can read; where there cannot be one, why."""
    import traceback

    try:
        folder = own_folder() / "crashes"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = folder / f"{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}.log"
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write("".join(traceback.format_exception(error)))
    except (OSError, RuntimeError) as why:
        return f"none could be kept ({why})"
    return str(path)


def own_folder() -> Path:
    """Where Holdfast keeps what belongs to no cloud."""
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local/state") / "holdfast"


class OutputLost(CannotWrite):
    """Standard output takes nothing more: the disk it goes to is full."""

    def __init__(self, why: str) -> None:
        super().__init__(f"the output cannot be written: {why}; what was done stays done: holdfast status")


class Output:
    """Standard output as it is, but that its own errors can be told from those of other files.

    Writing and flushing raise OutputLost; or BrokenPipeError, for a reader that has seen enough.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """As the stream's own."""
        with self._told():
            return self._stream.write(text)

    def flush(self) -> None:
        """As the stream's own."""
        with self._told():
            self._stream.flush()

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except BrokenPipeError:
            _silence(self._stream)
            raise
        except OSError as error:
            _silence(self._stream)
            raise OutputLost(error.strerror or str(error)) from None


@contextmanager
def _output_told() -> Iterator[None]:
    """Writes out at the end what was printed, while it can still be told that this fails."""
    if sys.stdout is None:
        yield
        return
    output = Output(sys.stdout)
    sys.stdout = cast(TextIO, output)
    try:
        yield
    finally:
        try:
            output.flush()
        except BrokenPipeError:
            # As typer ends where it is the one to find out.
            raise SystemExit(Exit.WANTING) from None


def tell(text: str) -> None:
    """One line on standard error, where it takes any."""
    try:
        print(harmless(text), file=sys.stderr, flush=True)
    except OSError:
        _silence(sys.stderr)


def _silence(stream: TextIO) -> None:
    """What is still in the stream goes nowhere: the interpreter would try it again at its end, and fail."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def _of_files(error: OSError) -> bool:
    """Whether it tells of a file of this machine, and not of a connection, which has no name."""
    return error.filename is not None or error.errno in NO_ROOM
