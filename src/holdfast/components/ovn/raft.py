"""A database of OVN's as a Raft cluster: where a member has its parts, and how others name it."""

from __future__ import annotations

from dataclasses import dataclass

from holdfast.model.address import at_port
from holdfast.model.endpoint import Endpoint
from holdfast.model.material import SANDBOX

USER = "ovn"
RUN = "/run/ovn"
LIFE = f"""Restart=always
RestartSec=0.5
StateDirectory={USER}
RuntimeDirectory={USER}
RuntimeDirectoryPreserve=yes
LimitNOFILE=65536
{SANDBOX}RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
CapabilityBoundingSet=

[Install]
WantedBy=multi-user.target
"""
"""How OVN's central daemons live. Their folders are one for all, and stay while one of them is away."""


def trust(folder: str) -> str:
    """The words by which a daemon shows its host's certificate, and takes those of the own authority."""
    return f"--private-key={folder}/key.pem --certificate={folder}/cert.pem --ca-cert={folder}/ca.pem"


def remotes(endpoint: Endpoint) -> str:
    """All members, as clients name them."""
    return ",".join(f"ssl:{at_port(address, endpoint.port)}" for address in endpoint.addresses)


@dataclass(frozen=True)
class Raft:
    """One of the two: `short` as OVN's own programs call it, `schema` its name; `port` is for clients,
    `peer_port` among members."""

    name: str
    short: str
    schema: str
    port: int
    peer_port: int
    summary: str

    @property
    def unit(self) -> str:
        """The distribution's name for it, whose own unit is put aside."""
        return f"ovn-ovsdb-server-{self.short}.service"

    @property
    def program(self) -> str:
        """What makes a member's copy."""
        return f"/usr/libexec/holdfast/{self.name}_member.sh"

    @property
    def folder(self) -> str:
        """Where its certificate is."""
        return f"/etc/ovn/{self.short}"

    @property
    def file(self) -> str:
        """The member's copy."""
        return f"/var/lib/ovn/ovn{self.short}_db.db"

    @property
    def control(self) -> str:
        """The socket by which the server is asked."""
        return f"{RUN}/ovn{self.short}_db.ctl"

    def local(self, address: str) -> str:
        """A member as the others name it."""
        return f"ssl:{at_port(address, self.peer_port)}"
