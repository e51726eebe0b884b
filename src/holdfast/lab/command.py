"""Running this machine's own tools, and the lab's errors."""

import subprocess
from collections.abc import Sequence

from holdfast.model.errors import CannotReach, Exit


class LabError(CannotReach):
    """What failed, where, why, and what to do next."""


class UnknownName(LabError):
    """A host or a network that the lab does not have was asked for: says which there are."""

    exit = Exit.BAD_INPUT


def run(argv: Sequence[str], *, stdin: str = "", timeout: float = 60) -> str:
    """Return standard output; LabError has the tool's own words when it fails or exceeds timeout (s)."""
    done = attempt(argv, stdin=stdin, timeout=timeout)
    if done.returncode != 0:
        words = (done.stderr or done.stdout).strip()[-800:]
        raise LabError(f"`{' '.join(argv)}` on this machine ended with {done.returncode}: {words}")
    return done.stdout


def attempt(argv: Sequence[str], *, stdin: str = "", timeout: float = 60) -> subprocess.CompletedProcess[str]:
    """Run where failing is an answer; a tool that is absent or too slow still raises LabError."""
    try:
        return subprocess.run(argv, input=stdin, capture_output=True, text=True, timeout=timeout, check=False)
    except FileNotFoundError as error:
        raise LabError(f"`{argv[0]}` is not on this machine: run tools/setup-host.sh") from error
    except subprocess.TimeoutExpired as error:
        raise LabError(f"`{' '.join(argv)}` on this machine took more than {timeout:g} s") from error
