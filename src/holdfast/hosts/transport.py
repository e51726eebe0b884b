"""What every way to a host offers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from holdfast.model.errors import CannotReach


@dataclass(frozen=True)
class Result:
    """A command's end: `code` 0 is success; both outputs are decoded as UTF-8, errors replaced."""

    code: int
    out: str
    err: str


class Unreachable(CannotReach):
    """The host cannot be used: says which host, why, and the cure."""

    def __init__(self, host: str, why: str, cure: str) -> None:
        super().__init__(f"{host}: {why}; {cure}")
        self.host, self.why, self.cure = host, why, cure


class Transport(Protocol):
    """One host. Commands are argv tuples, quoted once in here; secrets go through `stdin` only."""

    @property
    def host(self) -> str:
        """The host's name in the cloud file."""
        ...

    async def run(self, argv: tuple[str, ...], *, stdin: bytes = b"", timeout: float = 60) -> Result:
        """Runs a command as root. Raises Unreachable when the connection fails or time runs out."""
        ...

    async def run_anew(self, argv: tuple[str, ...]) -> Result:
        """Runs a command over a login of its own, made now: proof that one can log in. Raises Unreachable."""
        ...

    async def put(self, path: str, data: bytes, *, mode: int = 0o644, owner: str = "root:root") -> None:
        """Writes a file atomically. Raises Unreachable, or OSError with the reason."""
        ...

    async def close(self) -> None:
        """Ends the connection; idempotent."""
        ...
