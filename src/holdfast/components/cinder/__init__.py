"""Cinder: volumes, in the block store, worked on by every host."""

from __future__ import annotations

from holdfast.components.cinder.settings import FIXED, NAME, POOLS, TIMERS, config_of, settings
from holdfast.components.cinder.workers import BACKUP, SCHEDULER, VOLUME
from holdfast.model.catalogue import Here
from holdfast.model.component import Component
from holdfast.model.config import Config
from holdfast.model.parts import Bus, Database, Once, Registration, Store
from holdfast.model.service import service
from holdfast.openstack import oslo
from holdfast.openstack.api import Wsgi, balanced
from holdfast.openstack.manage import managed

PORT, KIND = 8776, "block-storage"
CONFIG = config_of(NAME)


def _once(here: Here) -> tuple[Once, ...]:
    words = ("--config-file", CONFIG, "db", "sync")
    return (managed(here, "schema", "the schema of this release", "cinder.cmd.manage", *words),)


API = balanced(
    Component(
        name=NAME,
        role=None,
        summary="volumes: what projects ask for",
        needs=("bus", "coordination"),
        configs=(Config("cinder.conf", CONFIG, settings, FIXED, group=NAME, mode=0o640, secret=True),),
        once=_once,
        databases=(Database(NAME, (NAME,)),),
        buses=(Bus(NAME, NAME),),
        stores=(Store(NAME, POOLS, reads=("images",)),),
        # Clients of either age find it: by the type's own name, and by the one that was used before.
        registrations=(Registration(NAME, KIND, PORT, "/v3"), Registration(NAME, "volumev3", PORT, "/v3")),
        safeguards=oslo.bus_safeguards(CONFIG),
        users=(NAME,),
        timers=TIMERS,
        timer_order=oslo.timer_order(NAME),
    ),
    KIND,
    # It finds its file by its name; the server's arguments are not its own.
    Wsgi("cinder.wsgi.api", PORT, f"HOME=/var/lib/{NAME}", CONFIG, "/v3/types"),
)

SERVICE = service(NAME, API, SCHEDULER, VOLUME, BACKUP)
