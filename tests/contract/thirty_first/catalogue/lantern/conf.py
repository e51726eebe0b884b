"""What both parts of Lantern read: one text, in a folder of each part."""

from __future__ import annotations

from holdfast.model.catalogue import Here
from holdfast.model.config import Config
from holdfast.model.settings import Settings, merged
from holdfast.openstack import oslo

SERVICE = "lantern"
FLASH = "lantern.flash"
PORT = 8899


def folder(component: str) -> str:
    return f"/etc/{component}"


def config(component: str) -> Config:
    """The part's own copy; the operator's options reach both."""
    fixed = {
        **oslo.DATABASE_FIXED,
        **oslo.BUS_FIXED,
        **oslo.CACHE_FIXED,
        ("lamp", "flash"): "the others light their lamp by it",
    }
    path = f"{folder(component)}/lantern.conf"
    return Config("lantern.conf", path, _settings, fixed, group=SERVICE, mode=0o640, secret=True)


def _settings(here: Here) -> Settings:
    lamp: Settings = {"lamp": {"flash": here.timer(FLASH), "colour": "white"}}
    archive = oslo.database(here, schema="lantern_archive", section="archive")
    shared = (oslo.database(here), archive, oslo.bus(here), oslo.NO_NOTIFICATIONS, oslo.cache(here))
    return merged(lamp, *shared, oslo.BEHIND_A_PROXY, oslo.healthcheck(here, PORT))
