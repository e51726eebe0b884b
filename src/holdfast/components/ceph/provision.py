"""Users and pools of the store: what is wanted, and the work that makes it so."""

from __future__ import annotations

import json
from hashlib import sha256

from holdfast.components.ceph.keys import ADMIN, Caps, caps, key, keyring, pools, stores
from holdfast.components.ceph.settings import FOLDER, apart, copies, enough
from holdfast.components.programs import program
from holdfast.components.questions.store import as_wanted
from holdfast.model.catalogue import Here
from holdfast.model.parts import Once, When
from holdfast.model.plan import PutFile
from holdfast.model.question import Question

PROGRAM = "/usr/libexec/holdfast/ceph_store.py"
WANTED, USERS = f"{FOLDER}/wanted.json", f"{FOLDER}/users.keyring"
_ALL: Caps = {"mon": "allow *", "mgr": "allow *", "osd": "allow *", "mds": "allow *"}
_MANAGER: Caps = {"mon": "allow profile mgr", "osd": "allow *", "mds": "allow *"}


def _users(here: Here) -> str:
    managers = {f"mgr.{host.name}": _MANAGER for host in here.placed.hosts}
    return keyring(here.site, {**managers, **{f"client.{s.user}": caps(s) for s in stores(here.site)}})


def _wanted(here: Here) -> str:
    parted = apart(here.placed)
    told = {
        "keyring": USERS,
        "rule": f"apart-by-{parted}",
        "apart": parted,
        "size": copies(here.placed),
        "min_size": enough(here.placed),
        "pools": list(pools(here.site)),
    }
    return json.dumps(told, indent=1) + "\n"


def provision_files(here: Here) -> tuple[PutFile, ...]:
    """Keys, what is wanted, and the program that compares the store with it."""
    site, host = here.site, here.host.name

    def secret(name: str, content: str, group: str = "root") -> PutFile:
        return PutFile(f"{FOLDER}/{name}", content, group=group, mode=0o640, secret=True)

    return (
        secret("mon.keyring", keyring(site, {"mon.": {"mon": "allow *"}, ADMIN: _ALL}), "ceph"),
        secret("admin.keyring", keyring(site, {ADMIN: _ALL})),
        secret("mgr.keyring", keyring(site, {f"mgr.{host}": _MANAGER}), "ceph"),
        secret("osd.key", key(site, f"osd.{host}").reveal() + "\n"),
        secret("users.keyring", _users(here)),
        PutFile(WANTED, _wanted(here)),
        PutFile(PROGRAM, program("ceph_store.py")),
    )


def provision(here: Here) -> tuple[Once, ...]:
    """Made by the monitors alone: pools are there before any data is."""
    made = (_users(here), _wanted(here), program("ceph_store.py"))
    return (
        Once(
            id="users-and-pools",
            when=When.AFTER_START,
            why="a user with pools of its own for each service, each object on hosts that share no fate",
            argv=("/usr/bin/python3", "-I", PROGRAM, "apply", WANTED),
            digest=sha256("".join(made).encode()).hexdigest(),
            holds=Question(
                "store-users",
                as_wanted,
                "every user with its rights and every pool with its copies is there",
                {"program": PROGRAM, "wanted": WANTED},
                deadline=30,
            ),
        ),
    )
