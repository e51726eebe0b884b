"""Lantern's keepers: they talk over the bus, and one of them has the lamp."""

from __future__ import annotations

from typing import Any

from holdfast.components.lantern.conf import FLASH, SERVICE, config, folder

from holdfast.model.catalogue import Here, Site
from holdfast.model.cloud import Promise
from holdfast.model.component import Component, Landmark, Offer
from holdfast.model.diary import Diary, Telltale
from holdfast.model.endpoint import Endpoint
from holdfast.model.failover import Effect, Hop, Mechanism, Phase, Strike
from holdfast.model.parts import Bus
from holdfast.model.plan import PutFile, Run
from holdfast.model.process import Ha, Process
from holdfast.model.question import Question
from holdfast.model.role import Role
from holdfast.model.scene import Scene, told
from holdfast.model.timer import Timer
from holdfast.openstack import oslo
from holdfast.openstack.unit import unit

NAME = "lantern-keeper"
UNIT = f"{NAME}.service"
SHORE = Role("shore", "where lamps burn", in_controller=False)


def keeps_watch(path: str) -> dict[str, Any]:
    """Reads whether this keeper has the lamp."""
    from pathlib import Path

    burns = Path(path).read_text().strip() == "burns"
    return {"ok": True, "text": "has the lamp" if burns else "keeps watch", "burns": burns}


def _files(here: Here) -> tuple[PutFile, ...]:
    command = f"{here.site.release.path}/bin/{NAME} --config-file {folder(NAME)}/lantern.conf"
    return (PutFile(f"/etc/systemd/system/{UNIT}", unit("Keeps a lamp", SERVICE, command, "LAMP=1")),)


def _processes(_here: Here) -> tuple[Process, ...]:
    health = Question("lamp", keeps_watch, "it keeps watch or has the lamp", {"path": "/run/lantern/lamp"})
    watches = (folder(NAME), f"/etc/systemd/system/{UNIT}")
    return (Process(UNIT, Ha.SINGLE, health, watches=watches, needs_release=True),)


def _keeper_lost(strike: Strike, hop: Hop) -> bool:
    """The one that has the lamp is struck."""
    struck = strike.component == NAME or "lamp" in strike.landmarks
    return "lamp" in hop.kinds and struck and strike.effect is not Effect.WRONG


def _with_the_lamp(site: Site, scene: Scene) -> tuple[str, ...]:
    return tuple(host for host, burns in told(site, scene, "lamp", "burns").items() if burns)


KEEPER = Component(
    name=NAME,
    role=SHORE.name,
    summary="keepers of the lamp: one burns, the others watch it",
    needs=("database", "bus", "cache", "balancer", "address"),
    offers=(Offer("lamp", lambda _site, placed, user: Endpoint(placed.addresses, 0, user)),),
    units=(UNIT,),
    processes=_processes,
    configs=(config(NAME),),
    files=_files,
    buses=(Bus(SERVICE, SERVICE, configure="^lamp", write="^(lamp|reply)", read="^lamp"),),
    safeguards=oslo.safeguards(f"{folder(NAME)}/lantern.conf"),
    users=(SERVICE,),
    uses_release=True,
    timers=(Timer(FLASH, 5.0, 0.4, "three missed flashes, and another keeper lights its lamp"),),
    mechanisms=(
        Mechanism(
            Phase.DETECT,
            "the other keepers miss three flashes",
            (FLASH,),
            _keeper_lost,
            lambda t: 2.5 * t(FLASH),
            lambda t: 3 * t(FLASH),
        ),
        Mechanism(
            Phase.MOVE,
            "the next keeper lights its lamp",
            (),
            _keeper_lost,
            lambda t: 0.05,
            lambda t: 0.2,
        ),
    ),
    landmarks=(Landmark("lamp", "the lamp's keeper", _with_the_lamp, single=True),),
    matters="lamp",
    promises=(Promise("power-lamp", "light", 3.0),),
    timer_order=oslo.timer_order(SERVICE),
    farewell=lambda host: (Run(("lantern-manage", "keeper", "forget", host)),),
    keeps=("/var/lib/lantern",),
    diary=Diary((Telltale(r"lantern-keeper\[\d+\]: lit the lamp", "lights the lamp"),)),
)
