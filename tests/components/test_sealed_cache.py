"""What a cache node sends is opened or passed over: nothing in it is ever carried out."""

from __future__ import annotations

import pickle
import sys
from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from holdfast.components.programs import program

KEY, OTHER = "one secret", "another secret"
NO_VALUE = object()


class Proxy:
    """As dogpile.cache's, in short."""

    def wrap(self, backend: Any) -> Any:
        self.proxied = backend
        return self


class Node:
    """A pool of clients, and the node behind it."""

    def __init__(self) -> None:
        self.kept: dict[str, Any] = {}
        self.client_pool = SimpleNamespace(_arguments={})

    def get(self, key: str) -> Any:
        return self.kept.get(key, NO_VALUE)

    def get_multi(self, keys: list[str]) -> list[Any]:
        return [self.get(key) for key in keys]

    def set(self, key: str, value: Any) -> None:
        self.kept[key] = value

    def set_multi(self, values: dict[str, Any]) -> None:
        self.kept |= values


Service = Callable[[str, Node], Any]


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Service:
    """A client with a key, of a node."""

    def stand_in(name: str, **content: Any) -> None:
        module = ModuleType(name)
        module.__dict__.update(content)
        monkeypatch.setitem(sys.modules, name, module)

    cache = SimpleNamespace(password=KEY)
    stand_in("dogpile")
    stand_in("dogpile.cache")
    stand_in("dogpile.cache.api", NO_VALUE=NO_VALUE)
    stand_in("dogpile.cache.proxy", ProxyBackend=Proxy)
    stand_in("oslo_config", cfg=SimpleNamespace(CONF=SimpleNamespace(cache=cache)))
    made: dict[str, Any] = {}
    exec(compile(program("sealed_cache.py"), "sealed_cache.py", "exec"), made)

    def client(key: str, node: Node) -> Any:
        cache.password = key
        return made["Sealed"]().wrap(node)

    return client


def test_what_is_kept_comes_back_and_no_node_can_read_it(service: Service) -> None:
    node = Node()
    mine = service(KEY, node)
    mine.set("a", {"user": "somebody"})
    mine.set_multi({"b": ("x", 1), "c": None})
    assert mine.get("a") == {"user": "somebody"}
    assert mine.get_multi(["b", "c", "d"]) == [("x", 1), None, NO_VALUE]
    assert all(type(kept) is bytes and b"somebody" not in kept for kept in node.kept.values())


class Carried:
    """Runs code when it is unpickled."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (pytest.fail, ("it was unpickled",))


def test_what_a_stranger_writes_is_as_if_it_were_not_there(service: Service) -> None:
    node = Node()
    mine = service(KEY, node)
    evil = pickle.dumps(Carried())
    service(OTHER, node).set("other", 1)
    node.kept |= {"bare": evil, "short": b"x", "text": "x", "number": 7, "empty": b""}
    mine.set("good", 1)
    node.kept["cut"] = node.kept["good"][:-1]
    node.kept["longer"] = node.kept["good"] + evil
    assert [mine.get(key) for key in node.kept if key != "good"] == [NO_VALUE] * 8


def test_a_value_in_anothers_place_does_not_open(service: Service) -> None:
    node = Node()
    mine = service(KEY, node)
    mine.set("mine", "administrator")
    node.kept["yours"] = node.kept["mine"]
    assert mine.get("yours") is NO_VALUE and mine.get("mine") == "administrator"


def test_the_client_below_does_not_unpickle_or_unpack(service: Service) -> None:
    node = Node()
    service(KEY, node)
    below = node.client_pool._arguments
    with pytest.raises(ValueError, match="somebody else"):
        below["unpickler"](None)
    assert below["decompressor"](b"a bomb") == b""
