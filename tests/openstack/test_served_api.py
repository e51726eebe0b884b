"""The health page before an API: it fails while the worker cannot do its work, and hides nothing else."""

from __future__ import annotations

import itertools
import sys
import types
from collections.abc import Callable, Iterable
from importlib import resources
from pathlib import Path
from typing import Any

import pymysql
import pytest

from holdfast.openstack import programs


@pytest.fixture(scope="module")
def served() -> types.ModuleType:
    """The program as a module."""
    module = types.ModuleType("served_api")
    text = resources.files(programs).joinpath("served_api.py").read_text()
    exec(compile(text, "served_api.py", "exec"), module.__dict__)
    return module


def api_of(status: str) -> Callable[..., Iterable[bytes]]:
    def api(environ: dict[str, Any], start_response: Callable[..., None]) -> Iterable[bytes]:
        start_response(status, [])
        return [environ["PATH_INFO"].encode()]

    return api


def get(application: Callable[..., Iterable[bytes]], path: str) -> tuple[str, str]:
    said: list[str] = []
    body = b"".join(application({"PATH_INFO": path}, lambda status, _headers: said.append(status)))
    return said[0], body.decode()


class Stop(Exception):
    """Ends a watch that never ends."""


def watched(
    served: types.ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    ask: Callable[[], None],
    first_call: Callable[[], bool],
    out: tuple[str, ...] = (),
    rounds: int = 1,
) -> Any:
    """A health that has asked `rounds` times."""
    health = served.Health(ask, first_call, out)
    left = itertools.count(rounds - 1, -1)

    def sleep(_seconds: float) -> None:
        if next(left) <= 0:
            raise Stop

    monkeypatch.setattr(served.time, "sleep", sleep)
    with pytest.raises(Stop):
        health.watch()
    return health


def test_it_is_well_once_the_database_answered_and_a_first_call_was_made(
    served: types.ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    health = watched(served, monkeypatch, lambda: None, lambda: True)
    assert get(served.with_health(api_of("200 OK"), health), "/healthcheck") == ("200 OK", "OK")


def test_it_is_not_well_before_a_first_call(
    served: types.ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    health = watched(served, monkeypatch, lambda: None, lambda: False, rounds=3)
    status, text = get(served.with_health(api_of("200 OK"), health), "/healthcheck")
    assert (status, text) == ("503 Service Unavailable", "no first call yet")


def test_it_is_not_well_without_its_database_after_the_grace(
    served: types.ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = itertools.count()

    def ask() -> None:
        if next(asked):
            raise pymysql.OperationalError(2013, "lost")

    clock = [100.0]
    monkeypatch.setattr(served.time, "monotonic", lambda: clock[0])
    health = watched(served, monkeypatch, ask, lambda: True, rounds=2)
    page = served.with_health(api_of("200 OK"), health)
    clock[0] += served.GRACE - 0.1
    assert get(page, "/healthcheck")[0] == "200 OK"
    clock[0] += 0.2
    assert get(page, "/healthcheck")[1] == "the database does not answer (OperationalError)"


def test_a_file_takes_it_out_of_rotation(
    served: types.ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "leaving"
    health = watched(served, monkeypatch, lambda: None, lambda: True, (str(file),))
    page = served.with_health(api_of("200 OK"), health)
    file.touch()
    assert get(page, "/healthcheck") == ("503 Service Unavailable", "out of rotation")
    file.unlink()
    assert get(page, "/healthcheck")[0] == "200 OK"


def test_all_other_paths_are_the_apis_own(served: types.ModuleType) -> None:
    page = served.with_health(api_of("300 Multiple Choices"), None)
    assert get(page, "/") == ("300 Multiple Choices", "/")
    assert get(page, "/healthcheck/more") == ("300 Multiple Choices", "/healthcheck/more")


@pytest.mark.parametrize(
    ("status", "refused"), [("401 Unauthorized", True), ("200 OK", False), ("500 Oh", False)]
)
def test_a_first_call_must_be_refused(served: types.ModuleType, status: str, refused: bool) -> None:
    assert served.answers(api_of(status), "/v1/things", ("400", "401")) is refused


def test_an_api_without_a_database_is_told_its_configuration_by_its_command_line(
    served: types.ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = {"API": "page", "CONFIG": "", "FIRST_CALL": "/", "FIRST_ANSWERS": "200", "ARGUMENT": "--file=x"}
    for name, value in {**told, "OUT": "/nowhere"}.items():
        monkeypatch.setenv(f"HOLDFAST_{name}", value)
    page = types.ModuleType("page")
    page.application = api_of("200 OK")  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "page", page)
    monkeypatch.setattr(sys, "argv", ["server", "of its own"])
    application = served.served()
    assert sys.argv == ["server", "--file=x"]
    assert get(application, "/healthcheck") == ("200 OK", "OK")
