"""Keepalived: the address is on one endpoint host, where the balancer answers (R20)."""

from __future__ import annotations

from holdfast.components.keepalived.diary import DIARY
from holdfast.components.keepalived.failover import MECHANISMS, PROMISES, TIMERS
from holdfast.components.keepalived.text import (
    END_SILENT,
    GUARD,
    GUARD_USER,
    LET_GO,
    ONE_HOLDER,
    PID_FILE,
    PRIORITIES,
    SCRIPT,
    SCRIPT_USER,
    SIGN,
    TEMPLATE,
    UNIT,
    files,
)
from holdfast.components.questions.address import address_state
from holdfast.components.questions.sign import looks
from holdfast.model.catalogue import Here, Site
from holdfast.model.component import Component, Landmark, Offer
from holdfast.model.endpoint import Endpoint
from holdfast.model.failover import Operation, Way
from holdfast.model.process import Caller, Carrier, Ha, Port, Process, Where
from holdfast.model.question import Question
from holdfast.model.scene import Scene, told
from holdfast.model.service import service

VRRP = 112
"""The number of the protocol."""


def _processes(here: Here) -> tuple[Process, ...]:
    address = Process(
        unit=UNIT,
        ha=Ha.SINGLE,
        ports=(Port(VRRP, Where.HOST, "who holds the address", Carrier.VRRP, (Caller.PEERS,)),),
        watches=(TEMPLATE, SCRIPT, END_SILENT, LET_GO, f"/etc/systemd/system/{UNIT}.d/"),
        health=Question(
            "address",
            address_state,
            "the daemon runs and holds the address or stands by for it",
            {"addresses": list(here.site.cloud.addresses), "pid_file": PID_FILE},
        ),
    )
    return (address, _guard())


def _guard() -> Process:
    return Process(
        unit=GUARD,
        ha=Ha.WORKERS,
        watches=(ONE_HOLDER, f"/etc/systemd/system/{GUARD}"),
        health=Question(
            "one-holder",
            looks,
            "it listens for a peer that has the address, too",
            {"sign": SIGN},
        ),
    )


def _holders(site: Site, scene: Scene) -> tuple[str, ...]:
    """The hosts that say they hold the address."""
    return tuple(name for name, holds in told(site, scene, "address", "holds").items() if holds)


COMPONENT = Component(
    name="keepalived",
    role="endpoint",
    most=len(PRIORITIES),
    summary="the address: VRRP version 3, follows the balancer's real health, never moves back by itself",
    needs=("balancer",),
    offers=(Offer("address", lambda site, _placed, _user: Endpoint((site.cloud.address,), 0)),),
    packages=("keepalived",),
    units=(UNIT, GUARD),
    processes=_processes,
    files=files,
    users=(SCRIPT_USER, GUARD_USER),
    timers=TIMERS,
    mechanisms=MECHANISMS,
    operations=(Operation("address", Way.HOLDER),),
    landmarks=(Landmark("address", "the address's holder", _holders, single=True),),
    matters="address",
    promises=PROMISES,
    diary=DIARY,
)

SERVICE = service("keepalived", COMPONENT)
