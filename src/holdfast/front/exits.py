"""Exit codes, and every expected error as one clear line instead of a traceback."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from importlib import import_module


class Exit(IntEnum):
    """0 done and healthy, 1 found wanting, 2 bad input, 3 cannot reach, 130 interrupted, 143 terminated."""

    HEALTHY = 0
    WANTING = 1
    BAD_INPUT = 2
    CANNOT_REACH = 3
    INTERRUPTED = 130
    TERMINATED = 143


# By module, so that none is imported for a command that cannot raise it.
EXPECTED: dict[Exit, tuple[tuple[str, str], ...]] = {
    Exit.BAD_INPUT: (
        ("holdfast.front.project", "NoCloudFile"),
        ("holdfast.model.cloudfile", "CloudFileErrors"),
        ("holdfast.vault", "VaultError"),
        ("holdfast.faults", "FaultError"),
    ),
    Exit.WANTING: (
        ("holdfast.front.service", "NotFit"),
        ("holdfast.plan.compile", "Refused"),
        ("holdfast.drill.drill", "Refused"),
        ("holdfast.artefact", "BuildFailed"),
        ("holdfast.journal", "JournalDamaged"),
    ),
    Exit.CANNOT_REACH: (
        ("holdfast.front.service", "CannotReach"),
        ("holdfast.hosts.transport", "Unreachable"),
        ("holdfast.hosts.lock", "LockHeld"),
        ("holdfast.hosts.lock", "LockLost"),
        ("holdfast.lab.command", "LabError"),
    ),
    Exit.TERMINATED: (("holdfast.front.work", "Terminated"),),
}


@contextmanager
def plain_errors() -> Iterator[None]:
    """Turns an expected error into its text on standard error and its exit code."""
    try:
        yield
    except (KeyboardInterrupt, SystemExit) as ended:
        # typer turns an interrupt into the exit code without a word.
        if isinstance(ended, SystemExit) and ended.code != Exit.INTERRUPTED:
            raise
        print("interrupted; the same command resumes", file=sys.stderr)
        raise SystemExit(Exit.INTERRUPTED) from None
    except Exception as error:
        code = _code_of(error)
        if code is None:
            raise
        print(str(error), file=sys.stderr)
        raise SystemExit(code) from None


def _code_of(error: Exception) -> Exit | None:
    for code, kinds in EXPECTED.items():
        for module, name in kinds:
            if module in sys.modules and isinstance(error, getattr(import_module(module), name)):
                return code
    return None
