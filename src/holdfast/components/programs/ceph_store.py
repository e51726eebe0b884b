"""The store's users and pools: tells what differs from what is wanted (`look`), or makes it so (`apply`)."""

from __future__ import annotations

import configparser
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import rados

ADMIN = "/etc/ceph/ceph.conf"
PATIENCE_S = 20
GROUPS = {"pg_num": 32, "pgp_num": 32}
"""Parts that a pool begins with; the store makes more of them as it fills."""
Json = dict[str, Any]


class Refused(Exception):
    """The store does not do what it was told; the text has its words."""


class Store:
    """The store, by its monitors, as its administrator."""

    def __init__(self, connection: rados.Rados) -> None:
        self._connection = connection

    def ask(self, prefix: str, inbuf: bytes = b"", **arguments: Any) -> Any:
        """One command's answer. Raises Refused."""
        command = json.dumps({"prefix": prefix, "format": "json", **arguments})
        code, out, words = self._connection.mon_command(command, inbuf, PATIENCE_S)
        if code:
            raise Refused(f"{prefix}: {words or code}")
        return json.loads(out) if out.strip() else None


def wanted_users(text: str) -> dict[str, Json]:
    """Each user's key and rights, of a keyring's text."""
    parser = configparser.RawConfigParser()
    parser.read_string(text)
    return {
        name: {
            "key": part["key"],
            "caps": {k.removeprefix("caps "): v.strip('"') for k, v in part.items() if k.startswith("caps ")},
        }
        for name, part in parser.items()
        if name != parser.default_section
    }


def users_amiss(store: Store, wanted: Json) -> Iterator[str]:
    """Users that are missing, or have another key or other rights."""
    there = {each["entity"]: each for each in store.ask("auth ls")["auth_dump"]}
    for name, user in wanted_users(Path(wanted["keyring"]).read_text()).items():
        if name not in there:
            yield f"{name} is missing"
        elif there[name]["key"] != user["key"] or there[name]["caps"] != user["caps"]:
            yield f"{name} has another key or other rights"


def make_users(store: Store, wanted: Json) -> None:
    """Makes them, or sets them right."""
    store.ask("auth import", Path(wanted["keyring"]).read_bytes())


def _pools(store: Store) -> dict[str, Json]:
    return {pool["pool_name"]: pool for pool in store.ask("osd pool ls", detail="detail")}


def _settings(store: Store, wanted: Json) -> dict[str, tuple[str, Any]]:
    """By the name that a pool shows: the option that sets it, and its value."""
    rules = {rule["rule_name"]: rule["rule_id"] for rule in store.ask("osd crush rule dump")}
    return {
        "crush_rule": ("crush_rule", rules.get(wanted["rule"], -1)),
        "size": ("size", wanted["size"]),
        "min_size": ("min_size", wanted["min_size"]),
    }


def pools_amiss(store: Store, wanted: Json) -> Iterator[str]:
    """Pools that are missing or keep their copies otherwise; those that the store made itself as well."""
    there, settings = _pools(store), _settings(store, wanted)
    yield from (f"pool {name} is missing" for name in wanted["pools"] if name not in there)
    for name, pool in there.items():
        if name in wanted["pools"] or name.startswith("."):
            wrong = [
                f"{shown} is {pool[shown]}" for shown, (_, value) in settings.items() if pool[shown] != value
            ]
            yield from (f"pool {name}: {word}" for word in wrong)


def make_pools(store: Store, wanted: Json) -> None:
    """Makes them, or sets them right; what is in them is copied by the store itself."""
    if wanted["rule"] not in store.ask("osd crush rule ls"):
        made = {"name": wanted["rule"], "root": "default", "type": wanted["apart"]}
        store.ask("osd crush rule create-replicated", **made)
    for name in (name for name in wanted["pools"] if name not in _pools(store)):
        store.ask("osd pool create", pool=name, pool_type="replicated", rule=wanted["rule"], **GROUPS)
        store.ask("osd pool application enable", pool=name, app="rbd")
    settings = _settings(store, wanted)
    for name, pool in _pools(store).items():
        if name not in wanted["pools"] and not name.startswith("."):
            continue
        for shown, (option, value) in settings.items():
            if pool[shown] != value:
                said = wanted["rule"] if option == "crush_rule" else str(value)
                sure = {"yes_i_really_mean_it": True} if option == "size" else {}
                store.ask("osd pool set", pool=name, var=option, val=said, **sure)


def asked(store: Store) -> Json:
    """What the health of the store is read from, in one connection."""
    return {name: store.ask(name) for name in ("osd tree", "status", "mgr dump")}


def main() -> None:
    """`look`, `apply` or `ask`, then the file with what is wanted."""
    deed, path = sys.argv[1], sys.argv[2:]
    try:
        with rados.Rados(
            conffile=ADMIN, name="client.admin", conf={"client_mount_timeout": "5"}
        ) as connection:
            store = Store(connection)
            if deed == "ask":
                sys.stdout.write(json.dumps(asked(store)))
                return
            wanted = json.loads(Path(path[0]).read_text())
            if deed == "apply":
                make_users(store, wanted)
                make_pools(store, wanted)
            else:
                sys.stdout.write("; ".join((*users_amiss(store, wanted), *pools_amiss(store, wanted))))
    except (Refused, rados.Error) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
