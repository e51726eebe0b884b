"""Placement: what each compute host has to give, and who holds how much of it."""

from __future__ import annotations

from holdfast.model.catalogue import Here
from holdfast.model.component import Component
from holdfast.model.config import Config
from holdfast.model.parts import Database, Once, Registration
from holdfast.model.service import service
from holdfast.model.settings import Settings, merged
from holdfast.openstack import oslo
from holdfast.openstack.api import Wsgi, balanced
from holdfast.openstack.manage import managed

NAME, PORT = "placement", 8778
FOLDER = f"/etc/{NAME}"
CONFIG = f"{FOLDER}/placement.conf"


def _settings(here: Here) -> Settings:
    database = oslo.database(here, section="placement_database")
    auth: Settings = {"api": {"auth_strategy": "keystone"}}
    return merged(oslo.LOGGING, auth, oslo.authtoken(here), database)


def _once(here: Here) -> tuple[Once, ...]:
    words = ("--config-dir", FOLDER, "db", "sync")
    return (managed(here, "schema", "the schema of this release", "placement.cmd.manage", *words),)


COMPONENT = balanced(
    Component(
        name=NAME,
        role=None,
        summary="placement: what each compute host has, and who holds how much of it",
        configs=(
            Config(
                "placement.conf",
                CONFIG,
                _settings,
                {**oslo.AUTH_FIXED, **oslo.database_fixed("placement_database")},
                group=NAME,
                mode=0o640,
                secret=True,
            ),
        ),
        once=_once,
        databases=(Database(NAME, (NAME,)),),
        registrations=(Registration(NAME, "placement", PORT),),
        users=(NAME,),
        timers=oslo.database_timers(NAME),
        timer_order=oslo.timer_order(NAME),
    ),
    "placement",
    Wsgi(
        "placement.wsgi.api",
        PORT,
        f"OS_PLACEMENT_CONFIG_DIR={FOLDER}",
        CONFIG,
        "/resource_classes",
        section="placement_database",
    ),
)

SERVICE = service(NAME, COMPONENT)
