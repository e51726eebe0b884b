"""What registers services with identity: run again it changes nothing, and it forgets what it made alone."""

from __future__ import annotations

import itertools
import urllib.parse
from typing import Any
from urllib.error import HTTPError

import pytest
from shipped import shipped

PROGRAM = shipped("identity_register")
USERS = {"nova": {"password": "n", "roles": ["service"], "domain": ""}}
OVER_A_DOMAIN = {"keeper": {"password": "k", "roles": ["admin"], "domain": "stacks"}}
ENDPOINTS = [["compute", side, f"https://{side}:8774/v2.1"] for side in ("admin", "internal", "public")]


class Kept(PROGRAM.Identity):  # type: ignore[misc,name-defined]
    """An identity in memory, behind the one method that reaches the real one."""

    def __init__(self) -> None:
        self.things: dict[str, dict[str, dict[str, Any]]] = {}
        self.assigned: set[str] = set()
        self.changes: list[str] = []
        self.number = itertools.count()

    def login(self, name: str, password: str, _domain: str, _scope: Any) -> str:
        for user in self.things.get("users", {}).values():
            if user["name"] == name and user.get("password") == password:
                return "token"
        raise HTTPError("", 401, "no", {}, None)  # type: ignore[arg-type]

    def send(self, method: str, path: str, body: Any = None) -> tuple[Any, str]:
        url = urllib.parse.urlsplit(path)
        kind, *rest = url.path.strip("/").split("/")
        if len(rest) > 1:
            self.changes += [] if path in self.assigned else [f"PUT {path}"]
            self.assigned.add(path)
            return {}, ""
        kept = self.things.setdefault(kind, {})
        if method == "GET":
            asked = dict(urllib.parse.parse_qsl(url.query))
            like = [t for t in kept.values() if all(t.get(k) == v for k, v in asked.items())]
            return {kind: like}, ""
        self.changes.append(f"{method} {kind}")
        one = kind.removesuffix("s")
        if method == "POST":
            name = f"{one}{next(self.number)}"
            kept[name] = {**body[one], "id": name}
            return {one: kept[name]}, ""
        if method == "PATCH":
            kept[rest[0]].update(body[one])
        else:
            del kept[rest[0]]
        return {}, ""


def register(
    identity: Kept, users: Any = USERS, endpoints: Any = ENDPOINTS, roles: tuple[str, ...] = ()
) -> list[str]:
    """What it changed."""
    identity.changes.clear()
    PROGRAM.register_roles(identity, roles)
    PROGRAM.register_users(identity, users)
    PROGRAM.register_endpoints(identity, "one", endpoints)
    PROGRAM.forget(identity, users, endpoints)
    return list(identity.changes)


@pytest.fixture
def identity() -> Kept:
    kept = Kept()
    register(kept)
    return kept


def test_each_service_has_its_user_its_role_and_its_endpoints(identity: Kept) -> None:
    assert [u["name"] for u in identity.things["users"].values()] == ["nova"]
    assert len(identity.assigned) == 1
    urls = {e["interface"]: e["url"] for e in identity.things["endpoints"].values()}
    assert urls == {side: url for _, side, url in ENDPOINTS}


def test_run_again_it_changes_nothing(identity: Kept) -> None:
    assert register(identity) == []


def test_a_changed_url_and_a_changed_password_are_set_right(identity: Kept) -> None:
    moved = [["compute", "public", "https://elsewhere:8774/v2.1"], *ENDPOINTS[:2]]
    assert register(identity, endpoints=moved) == ["PATCH endpoints"]
    new = {"nova": {**USERS["nova"], "password": "new"}}
    assert register(identity, users=new, endpoints=moved) == ["PATCH users"]


def test_a_second_endpoint_of_the_same_sort_goes(identity: Kept) -> None:
    double = dict(next(iter(identity.things["endpoints"].values())))
    identity.things["endpoints"]["double"] = {**double, "id": "double", "url": "https://wrong"}
    assert register(identity) == ["DELETE endpoints"]


def test_what_left_goes_and_what_others_made_stays(identity: Kept) -> None:
    identity.things["users"]["x"] = {"id": "x", "name": "x", "domain_id": "default", "description": "mine"}
    identity.things["services"]["y"] = {"id": "y", "type": "y", "description": ""}
    assert register(identity, users={}, endpoints=[]) == ["DELETE services", "DELETE users"]
    assert set(identity.things["users"]) == {"x"} and set(identity.things["services"]) == {"y"}


def test_a_user_of_its_own_domain_is_in_it_and_has_its_roles_over_it(identity: Kept) -> None:
    register(identity, {**USERS, **OVER_A_DOMAIN})
    (domain,) = identity.things["domains"].values()
    keeper = next(u for u in identity.things["users"].values() if u["name"] == "keeper")
    assert domain["name"] == "stacks" and keeper["domain_id"] == domain["id"]
    over = f"/domains/{domain['id']}/users/{keeper['id']}/"
    assert any(path.startswith(over) for path in identity.assigned)
    assert register(identity, {**USERS, **OVER_A_DOMAIN}) == []


def test_a_domain_that_nobody_wants_is_closed_and_kept_and_opened_again(identity: Kept) -> None:
    register(identity, {**USERS, **OVER_A_DOMAIN})
    assert register(identity) == ["PATCH domains"]
    (domain,) = identity.things["domains"].values()
    assert not domain["enabled"]
    assert register(identity, {**USERS, **OVER_A_DOMAIN}) == ["PATCH domains"]
    assert domain["enabled"]


def test_a_role_that_a_service_gives_is_made_once(identity: Kept) -> None:
    assert register(identity, roles=("guest",)) == ["POST roles"]
    assert register(identity, roles=("guest",)) == []
