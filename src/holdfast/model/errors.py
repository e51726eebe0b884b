"""The root of every expected error, each with the exit code of the command that it ends.

    HoldfastError
    ├── BadInput       2  a file, a word or a secret is not right; nothing was touched
    ├── CannotWrite    2  a disk is full or read-only; what was done stays done
    ├── Wanting        1  it was looked at, and found wanting
    ├── CannotReach    3  a host, a lock or a lab could not be had
    ├── Crashed       70  a fault of Holdfast's own
    ├── Interrupted  130  Ctrl-C ended the command
    └── Terminated   143  somebody ended the command from outside

What inherits stands beside what raises it.
"""

from __future__ import annotations

from enum import IntEnum
from typing import ClassVar

from holdfast.model.finding import Finding


class Exit(IntEnum):
    """How a command ends."""

    HEALTHY = 0
    WANTING = 1
    BAD_INPUT = 2
    CANNOT_REACH = 3
    CRASHED = 70
    INTERRUPTED = 130
    TERMINATED = 143


class HoldfastError(Exception):
    """An expected error: its text says what, where, why and what to do next; `findings`, what it rests on."""

    exit: ClassVar[Exit] = Exit.WANTING
    findings: tuple[Finding, ...] = ()


class BadInput(HoldfastError):
    """A file, a word or a secret is not right; nothing was touched."""

    exit = Exit.BAD_INPUT


class CannotWrite(HoldfastError):
    """A disk of this machine is full or read-only; what was done stays done."""

    exit = Exit.BAD_INPUT


class Wanting(HoldfastError):
    """It was looked at, and found wanting."""

    exit = Exit.WANTING


class CannotReach(HoldfastError):
    """A host, a lock or a lab could not be had."""

    exit = Exit.CANNOT_REACH
