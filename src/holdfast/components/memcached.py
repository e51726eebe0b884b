"""memcached: a cache on each cache host; clients know all of them (R26)."""

from __future__ import annotations

from typing import Any

from holdfast.model.cloud import Host, Promise, Role
from holdfast.model.component import Capability, Component, Ha, Leg, Phase, Port, Process, Timer, Where
from holdfast.model.material import drop_in
from holdfast.model.plan import PutFile
from holdfast.model.question import Question
from holdfast.model.site import Site

UNIT = "memcached.service"
CONFIG = "/etc/memcached.conf"
PORT = 11211


def keeps_a_value(address: str, port: int) -> dict[str, Any]:
    """Sets a value and gets it back."""
    import socket
    import uuid

    value = uuid.uuid4().hex.encode()
    with socket.create_connection((address, port), timeout=1) as link:
        link.settimeout(1)
        stream = link.makefile("rwb")
        stream.write(b"set holdfast.probe 0 10 %d\r\n%s\r\nget holdfast.probe\r\n" % (len(value), value))
        stream.flush()
        lines = [stream.readline().strip() for _ in range(3)]
    ok = lines[0] == b"STORED" and lines[2] == value
    return {"ok": ok, "text": "a value set came back" if ok else f"answered {lines!r}"}


def _files(_site: Site, host: Host) -> tuple[PutFile, ...]:
    # UDP is off: an open UDP cache amplifies attacks.
    config = (
        f"-d\n-m 64\n-p {PORT}\n-U 0\n-u memcache\n-l {host.address}\n-c 2048\n"
        "-P /run/memcached/memcached.pid\n"
    )
    return (
        PutFile(CONFIG, config),
        drop_in(
            UNIT,
            "[Service]\nRestart=always\nRestartSec=1\nProtectSystem=strict\n"
            "ReadWritePaths=/run\nProtectHome=yes\n",
        ),
    )


def _processes(_site: Site, host: Host) -> tuple[Process, ...]:
    return (
        Process(
            unit=UNIT,
            ha=Ha.BALANCED,
            ports=(Port(PORT, Where.HOST, "cache"),),
            watches=(CONFIG, f"/etc/systemd/system/{UNIT}.d/"),
            health=Question(
                "cache", keeps_a_value, "a value set comes back", {"address": host.address, "port": PORT}
            ),
        ),
    )


COMPONENT = Component(
    name="memcached",
    capability=Capability.CACHE,
    role=Role.CACHE,
    summary="cache of tokens and lookups; losing a node costs a recomputation, never data",
    needs=("host",),
    packages=("memcached",),
    processes=_processes,
    files=_files,
    timers=(
        Timer(
            "cache.socket_timeout", 1.0, 0.1, "a call waits this long for a cache node that does not answer"
        ),
        Timer(
            "cache.dead_retry", 300, 30, "how long a dead cache node is left alone before it is tried again"
        ),
    ),
    timer_order=(("cache.dead_retry", "cache.socket_timeout"),),
    legs=tuple(
        Leg(
            f"{fault}-memcached",
            "identity",
            Phase.DETECT,
            "calls wait out the cache node that does not answer",
            ("cache.socket_timeout",),
            lambda t: t("cache.socket_timeout"),
            lambda t: 2 * t("cache.socket_timeout"),
        )
        for fault in ("kill", "freeze")
    ),
    promises=(Promise("kill-memcached", "identity", 1.0), Promise("freeze-memcached", "identity", 1.5)),
    logs=(UNIT,),
)
