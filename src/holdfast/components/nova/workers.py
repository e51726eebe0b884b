"""Nova's workers: who finds room for a machine, and who writes down what compute hosts tell.

One conductor serves both the API's own tasks and the first cell, which has the bus and its queues in common
with it. A second cell brings a conductor of its own, on a virtual host and a schema of its own.
"""

from __future__ import annotations

from holdfast.components.nova import settings
from holdfast.components.nova.cells import mapped, programs
from holdfast.components.nova.settings import NAME, SCHEMAS, THREADS, config, config_of, neighbours, schemas
from holdfast.model.catalogue import Here
from holdfast.model.component import Component, Offer
from holdfast.model.endpoint import Endpoint
from holdfast.model.parts import Bus, Database, Once
from holdfast.model.settings import Settings
from holdfast.openstack import oslo
from holdfast.openstack.manage import managed
from holdfast.openstack.worker import Daemon, worker

CONDUCTOR, SCHEDULER = "nova-conductor", "nova-scheduler"


# One process each: threads in it do the work, and every controller has one.
ONE_CONDUCTOR: Settings = {"conductor": {"workers": 1}}
ONE_SCHEDULER: Settings = {"scheduler": {"workers": 1}}


def _once(here: Here) -> tuple[Once, ...]:
    told = ("nova.cmd.manage", "--config-file", config_of(CONDUCTOR))
    return (
        managed(here, "api-schema", "the API's schema of this release", *told, "api_db", "sync"),
        mapped(here),
        managed(here, "schema", "the cells' schemas of this release", *told, "db", "sync"),
    )


WORKERS = (
    worker(
        Component(
            name=CONDUCTOR,
            role=None,
            summary="what is written down of virtual machines, and the tasks that outlive a call",
            needs=("placement",),
            offers=(Offer("cells", lambda _site, placed, _user: Endpoint(placed.addresses, 0)),),
            configs=(config(CONDUCTOR, schemas, neighbours, lambda _here: ONE_CONDUCTOR),),
            files=programs,
            once=_once,
            databases=(Database(NAME, SCHEMAS),),
            buses=(Bus(NAME, NAME),),
            users=(NAME,),
            timers=oslo.timers(NAME),
            timer_order=oslo.timer_order(NAME),
        ),
        Daemon("nova.cmd.conductor", config_of(CONDUCTOR), environment=THREADS),
    ),
    worker(
        Component(
            name=SCHEDULER,
            role=None,
            summary="finds a host for each virtual machine",
            needs=("placement", "cells"),
            configs=(config(SCHEDULER, schemas, settings.placement, lambda _here: ONE_SCHEDULER),),
        ),
        Daemon("nova.cmd.scheduler", config_of(SCHEDULER), environment=THREADS),
    ),
)
