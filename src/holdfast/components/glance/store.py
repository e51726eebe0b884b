"""Where images are kept: in the cloud's block store, which every host reads, or in files of one host."""

from __future__ import annotations

from holdfast.model.catalogue import Here
from holdfast.model.parts import Risk
from holdfast.model.plan import PutFile
from holdfast.model.settings import Settings
from holdfast.openstack import blocks

STORE = blocks.KIND
"""A store that is on several hosts."""

RISK = Risk(
    name="images-on-one-host",
    what="images would be kept in files of one host",
    why="nobody can start from an image while that host is down, and its disk holds the only copy",
    cure=f"add a service that offers a {STORE} to `services`",
    unless=STORE,
    most=1,
)
FOLDER = "/etc/glance/store"
HOME = "/var/lib/glance"
FILES_FIXED = {
    ("glance_store", "default_backend"): "images are where Holdfast keeps them: elsewhere none finds them",
    ("DEFAULT", "enabled_backends"): "images are where Holdfast keeps them: elsewhere none finds them",
    ("DEFAULT", "worker_self_reference_url"): "the other hosts come to this one by its own address",
}


def store(here: Here) -> Settings:
    """The store, and the places of the service's own for what is under way."""
    staging: Settings = {
        "os_glance_staging_store": {"filesystem_store_datadir": f"{HOME}/staging"},
        "os_glance_tasks_store": {"filesystem_store_datadir": f"{HOME}/tasks"},
    }
    kept = _block(here) if here.site.offers(STORE) else _files()
    return {**kept, **staging}


def store_files(here: Here) -> tuple[PutFile, ...]:
    """What the block store's clients are told, and the library by which they come to it."""
    if not here.site.offers(STORE):
        return ()
    return (*blocks.client_files(here, FOLDER), *blocks.lent(f"/usr/lib/holdfast/{here.component.name}"))


def _block(here: Here) -> Settings:
    to = here.offer(STORE)
    return {
        "DEFAULT": {"enabled_backends": "block:rbd"},
        "glance_store": {"default_backend": "block"},
        "block": {
            "rbd_store_pool": to.name,
            "rbd_store_user": to.user,
            "rbd_store_ceph_conf": f"{FOLDER}/ceph.conf",
        },
    }


def _files() -> Settings:
    return {
        "DEFAULT": {"enabled_backends": "files:file"},
        "glance_store": {"default_backend": "files"},
        "files": {"filesystem_store_datadir": f"{HOME}/images"},
    }
