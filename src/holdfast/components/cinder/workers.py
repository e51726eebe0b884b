"""Cinder's workers: who chooses a place for a volume, who works on it, who makes copies of it."""

from __future__ import annotations

from collections.abc import Callable

from holdfast.components.cinder.settings import (
    FIXED,
    NAME,
    backup_settings,
    config_of,
    pair,
    settings,
    volume_settings,
)
from holdfast.model.catalogue import Here
from holdfast.model.component import Component
from holdfast.model.config import Config
from holdfast.model.plan import PutFile
from holdfast.model.settings import Settings
from holdfast.openstack import blocks
from holdfast.openstack.worker import Daemon, worker


def _lent(component: str) -> str:
    return f"/usr/lib/holdfast/{component}"


def _store_files(here: Here) -> tuple[PutFile, ...]:
    name = here.component.name
    return (*pair(here), *blocks.client_files(here, f"/etc/{name}"), *blocks.lent(_lent(name)))


def _worker(
    name: str, module: str, summary: str, told: Callable[[Here], Settings], *, store: bool = False
) -> Component:
    """A worker; with `store` one that comes to the block store itself."""
    config = config_of(name)
    folder, lent = f"/etc/{name}/", _lent(name)
    reads = (folder, lent) if store else (folder,)
    part = Component(
        name=name,
        role=None,
        summary=summary,
        # Its schema is made, and whoever asks for work is there, before it starts.
        needs=("block-storage", "coordination", *((blocks.KIND,) if store else ())),
        packages=(*blocks.PACKAGES, "qemu-utils") if store else (),
        configs=(Config(f"{name}.conf", config, told, FIXED, group=NAME, mode=0o640, secret=True),),
        files=_store_files if store else pair,
    )
    environment = f"PYTHONPATH={lent}" if store else ""
    return worker(part, Daemon(f"cinder.cmd.{module}", config, environment=environment, reads=reads))


SCHEDULER = _worker("cinder-scheduler", "scheduler", "volumes: who chooses where each is made", settings)
VOLUME = _worker(
    "cinder-volume", "volume", "volumes: every host works on any of them", volume_settings, store=True
)
BACKUP = _worker(
    "cinder-backup", "backup", "volumes: copies of them, in a pool of their own", backup_settings, store=True
)
