"""A cloud that asks for the thirty-first service, and what its hosts answer when all is well."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from textwrap import dedent

from three_hosts import change, well

from holdfast.model.catalogue import Site
from holdfast.model.observed import Answer, Observed

FOLDER = Path(__file__).parent / "catalogue"
TEXT = dedent("""\
    name: harbour
    release: "2026.2"
    network: {name: control, cidr: 198.18.0.0/24, virtual_address: 198.18.0.100}
    hosts:
      - {name: c1, address: 198.18.0.11, roles: [controller], zone: rack-1}
      - {name: c2, address: 198.18.0.12, roles: [controller], zone: rack-2}
      - {name: c3, address: 198.18.0.13, roles: [controller], zone: rack-3}
      - {name: s1, address: 198.18.0.21, roles: [shore], zone: rack-1}
      - {name: s2, address: 198.18.0.22, roles: [shore], zone: rack-2}
    services: [keystone, lantern]
    time_servers: [time1.example.org, time2.example.org, time3.example.org]
    config:
      lantern:
        lantern.conf:
          lamp: {colour: green}
    """)


def lit(site: Site, down: Collection[str]) -> Mapping[str, Observed | None]:
    """All is well: the lamp is with the first keeper that has power, the address on c2."""
    keeper = "s2" if "s1" in down else "s1"
    scene = well(site)
    for host in ("s1", "s2"):
        scene = change(scene, host, "lamp", Answer(True, "fine", {"burns": host == keeper}))
    return scene
