"""Glance: images, served on every host of its role from a store that all of them read."""

from __future__ import annotations

from holdfast.components.glance.store import FILES_FIXED, RISK, STORE, store, store_files
from holdfast.model.address import at_port
from holdfast.model.catalogue import Here
from holdfast.model.component import Component
from holdfast.model.config import Config
from holdfast.model.parts import Database, Once, Registration, Store
from holdfast.model.role import Role
from holdfast.model.service import service
from holdfast.model.settings import Settings, merged
from holdfast.openstack import blocks, oslo
from holdfast.openstack.api import Wsgi, balanced
from holdfast.openstack.manage import managed

NAME, PORT = "glance", 9292
FOLDER = f"/etc/{NAME}"
CONFIG = f"{FOLDER}/glance-api.conf"
IMAGE = Role("image", "images: on several hosts where all of them read one store, on one host else")


def _settings(here: Here) -> Settings:
    address = at_port(here.host.address, PORT)
    own: Settings = {
        "DEFAULT": {
            # An image under way is on the host that it was sent to: the others send those who ask there.
            "worker_self_reference_url": f"https://{address}",
            # Of the ways in, none that has this host fetch what a stranger names.
            "enabled_import_methods": "[glance-direct]",
        },
        "paste_deploy": {
            "flavor": "keystone",
            "config_file": f"{here.site.release.data}/etc/glance/glance-api-paste.ini",
        },
        "oslo_concurrency": {"lock_path": f"/var/lib/{NAME}/lock"},
    }
    shared = (oslo.LOGGING, oslo.NO_NOTIFICATIONS, oslo.BEHIND_A_PROXY)
    return merged(own, *shared, store(here), oslo.authtoken(here), oslo.database(here))


def _once(here: Here) -> tuple[Once, ...]:
    words = ("--config-file", CONFIG, "db_sync")
    return (managed(here, "schema", "the schema of this release", "glance.cmd.manage", *words),)


COMPONENT = balanced(
    Component(
        name=NAME,
        role=IMAGE.name,
        summary="images: kept in the cloud's block store, or in files of one host",
        configs=(
            Config(
                "glance-api.conf",
                CONFIG,
                _settings,
                {**oslo.AUTH_FIXED, **oslo.DATABASE_FIXED, **FILES_FIXED},
                group=NAME,
                mode=0o640,
                secret=True,
            ),
        ),
        wants=(STORE,),
        packages=blocks.PACKAGES,
        stores=(Store(NAME, ("images",)),),
        files=store_files,
        once=_once,
        databases=(Database(NAME, (NAME,)),),
        registrations=(Registration(NAME, "image", PORT),),
        users=(NAME,),
        keeps=(f"/var/lib/{NAME}",),
        risks=(RISK,),
        timers=oslo.database_timers(NAME),
        timer_order=oslo.timer_order(NAME),
    ),
    "image",
    Wsgi("glance.wsgi.api", PORT, f"OS_GLANCE_CONFIG_DIR={FOLDER}", CONFIG, "/v2/images"),
)

SERVICE = service(NAME, COMPONENT, roles=(IMAGE,))
