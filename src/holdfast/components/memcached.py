"""memcached: a cache on each cache host; clients know all of them (R26)."""

from __future__ import annotations

from typing import Any

from holdfast.model.address import bracketed
from holdfast.model.catalogue import Here, Placed, Site
from holdfast.model.cloud import Promise
from holdfast.model.component import Component, Offer
from holdfast.model.endpoint import Endpoint
from holdfast.model.failover import Effect, Hop, Mechanism, Phase, Strike
from holdfast.model.material import drop_in
from holdfast.model.plan import PutFile
from holdfast.model.process import Caller, Ha, Port, Process, Where
from holdfast.model.question import Question
from holdfast.model.role import Role
from holdfast.model.service import service
from holdfast.model.timer import Timer

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


def _files(here: Here) -> tuple[PutFile, ...]:
    # UDP is off: an open UDP cache amplifies attacks.
    config = (
        f"-d\n-m 64\n-p {PORT}\n-U 0\n-u memcache\n-l {bracketed(here.host.address)}\n-c 2048\n"
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


def _processes(here: Here) -> tuple[Process, ...]:
    return (
        Process(
            unit=UNIT,
            ha=Ha.BALANCED,
            ports=(Port(PORT, Where.HOST, "cache", callers=(Caller.USERS,)),),
            watches=(CONFIG, f"/etc/systemd/system/{UNIT}.d/"),
            health=Question(
                "cache", keeps_a_value, "a value set comes back", {"address": here.host.address, "port": PORT}
            ),
        ),
    )


def _endpoint(site: Site, placed: Placed, user: str) -> Endpoint:
    """All nodes, and the secret that the user seals its values with: the nodes never get it."""
    return Endpoint(placed.addresses, PORT, user, site.secrets.get(f"cache.{user}"))


def _node_silent(strike: Strike, hop: Hop) -> bool:
    return "cache" in hop.kinds and strike.component == hop.component


def _host_silent(strike: Strike, hop: Hop) -> bool:
    lost = strike.whole_host and hop.lost_in(strike)
    return "cache" in hop.kinds and lost and strike.effect is Effect.SILENT


_TIMEOUT = "cache.socket_timeout"

COMPONENT = Component(
    name="memcached",
    role="cache",
    summary="cache of tokens and lookups; losing a node costs a recomputation, never data",
    needs=("ground",),
    offers=(Offer("cache", _endpoint),),
    packages=("memcached",),
    units=(UNIT,),
    processes=_processes,
    files=_files,
    timers=(
        Timer(_TIMEOUT, 1.0, 0.1, "a call waits this long for a cache node that does not answer"),
        Timer(
            "cache.dead_retry", 300, 30, "how long a dead cache node is left alone before it is tried again"
        ),
    ),
    timer_order=(("cache.dead_retry", _TIMEOUT),),
    mechanisms=(
        Mechanism(
            Phase.DETECT,
            "calls wait out the cache node that does not answer",
            (_TIMEOUT,),
            _node_silent,
            lambda t: t(_TIMEOUT),
            lambda t: 2 * t(_TIMEOUT),
        ),
        Mechanism(
            Phase.RECONNECT,
            "the cache node on the lost host is given up",
            (_TIMEOUT,),
            _host_silent,
            lambda t: 4 * t(_TIMEOUT),
            lambda t: 4 * t(_TIMEOUT),
        ),
    ),
    promises=(Promise("kill-memcached", "", 1.0), Promise("freeze-memcached", "", 1.5)),
)

SERVICE = service("memcached", COMPONENT, roles=(Role("cache", "the cache of tokens and lookups"),))
