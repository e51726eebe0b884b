"""Heat's engine: it makes what a stack says, on whichever host takes the next step from the bus."""

from __future__ import annotations

from dataclasses import replace

from holdfast.components.heat.abandoned import UNIT, abandoned, abandoned_files
from holdfast.components.heat.settings import (
    DOMAIN,
    DOMAIN_ADMIN,
    NAME,
    STACK_USER,
    config,
    config_of,
    engine,
)
from holdfast.model.catalogue import Here
from holdfast.model.component import Component
from holdfast.model.parts import Bus, Database, Once, Registration
from holdfast.openstack import oslo
from holdfast.openstack.manage import managed
from holdfast.openstack.worker import Daemon, worker

PART = "heat-engine"


def _once(here: Here) -> tuple[Once, ...]:
    words = ("--config-file", config_of(PART), "db_sync")
    return (managed(here, "schema", "the schema of this release", "heat.cmd.manage", *words),)


WORKER = worker(
    Component(
        name=PART,
        role=None,
        summary="the engine that makes and changes stacks",
        configs=(config(PART, engine),),
        files=lambda here: abandoned_files(here, config_of(PART)),
        once=_once,
        databases=(Database(NAME, (NAME,)),),
        buses=(Bus(NAME, NAME),),
        registrations=(
            Registration(NAME, gives=(STACK_USER,)),
            Registration(DOMAIN_ADMIN, roles=("admin",), domain=DOMAIN),
        ),
        secrets=("heat.seal",),
        users=(NAME,),
        timers=oslo.timers(NAME),
        timer_order=oslo.timer_order(NAME),
    ),
    Daemon("heat.cmd.engine", config_of(PART)),
)

ENGINE = replace(
    WORKER,
    units=(*WORKER.units, UNIT),
    processes=lambda here: (*WORKER.processes(here), abandoned(config_of(PART))),
)
