"""OVN: virtual networks, from what is wanted of them down to the packets of each host."""

from __future__ import annotations

from holdfast.components.ovn.chassis import CHASSIS
from holdfast.components.ovn.database import NORTHBOUND, SOUTHBOUND
from holdfast.components.ovn.northd import NORTHD
from holdfast.model.network import Purpose
from holdfast.model.role import Role
from holdfast.model.service import service

SERVICE = service(
    "ovn",
    NORTHBOUND,
    SOUTHBOUND,
    NORTHD,
    CHASSIS,
    roles=(
        Role(
            "network",
            "gateways: by them virtual networks reach the outside",
            purposes=frozenset({Purpose.TENANT, Purpose.PROVIDER}),
        ),
    ),
)
