"""Cinder's workers: who chooses a place for a volume, who works on it, who makes copies of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

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

BESIDE = "/etc/ceph"


def _lent(component: str) -> str:
    return f"/usr/lib/holdfast/{component}"


def _store_files(here: Here) -> tuple[PutFile, ...]:
    name = here.component.name
    return (*pair(here), *blocks.client_files(here, f"/etc/{name}"), *blocks.lent(_lent(name)))


def _backup_files(here: Here) -> tuple[PutFile, ...]:
    """The library of connections looks for the key in one place, and takes no other."""
    (key,) = (file for file in blocks.client_files(here, BESIDE) if file.secret)
    known = f"{BESIDE}/ceph.client.{here.offer(blocks.KIND).user}.keyring"
    return (*_store_files(here), replace(key, path=known))


def _worker(
    name: str,
    module: str,
    summary: str,
    told: Callable[[Here], Settings],
    files: Callable[[Here], tuple[PutFile, ...]] = pair,
) -> Component:
    """A worker; one with more `files` than what it shows to coordination comes to the block store itself."""
    store = files is not pair
    config = config_of(name)
    folder, lent = f"/etc/{name}/", _lent(name)
    reads = (folder, lent) if store else (folder,)
    part = Component(
        name=name,
        role=None,
        summary=summary,
        # Its schema is made, and whoever asks for work is there, before it starts.
        needs=("block-storage", "coordination", *((blocks.KIND,) if store else ())),
        packages=(*blocks.PACKAGES, "ceph-common", "qemu-utils") if store else (),
        configs=(Config(f"{name}.conf", config, told, FIXED, group=NAME, mode=0o640, secret=True),),
        files=files,
    )
    environment = f"PYTHONPATH={lent}" if store else ""
    return worker(part, Daemon(f"cinder.cmd.{module}", config, environment=environment, reads=reads))


SCHEDULER = _worker("cinder-scheduler", "scheduler", "volumes: who chooses where each is made", settings)
VOLUME = _worker(
    "cinder-volume", "volume", "volumes: every host works on any of them", volume_settings, _store_files
)
BACKUP = _worker(
    "cinder-backup",
    "backup",
    "volumes: copies of them, in a pool of their own",
    backup_settings,
    _backup_files,
)
