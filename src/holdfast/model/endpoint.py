"""An endpoint is a way in to what a component offers."""

from __future__ import annotations

from dataclasses import dataclass

from holdfast.model.secret import Secret


@dataclass(frozen=True)
class Endpoint:
    """A way in for one asker: `addresses` in the order to try them, each at `port`.

    `name` is the virtual host or path there, `ca` the file with the authority to trust.
    """

    addresses: tuple[str, ...]
    port: int
    user: str = ""
    secret: Secret | None = None
    name: str = ""
    ca: str = ""

    @property
    def address(self) -> str:
        """The first address: the only one where clients do not choose."""
        return self.addresses[0]

    @property
    def password(self) -> str:
        """The secret's text; "" where it needs none."""
        return self.secret.reveal() if self.secret else ""
