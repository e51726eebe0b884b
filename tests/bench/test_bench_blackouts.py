"""The losses of a whole site's power that a reader can run: all hosts at once, until the bus is not back."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

from bench import blackouts, cuts

HOSTS = ("alpha", "bravo", "charlie")


@pytest.fixture
def switched(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """What was switched on a site whose bus comes back in 7 s, and after the third loss does not."""
    done: list[tuple[str, str]] = []
    lab = SimpleNamespace(power=lambda host, state: done.append((host, state)))
    hosts = tuple(SimpleNamespace(name=name) for name in HOSTS)
    project = SimpleNamespace(lab=lab, cloud=SimpleNamespace(hosts=hosts))

    class Bus:
        def __init__(self, *_: object) -> None: ...

        async def heal(self, limit: float) -> tuple[float, str]:
            lost = done.count(("alpha", "on"))
            return (7.0, "") if lost < 3 else (limit, "bravo: not running: alpha")

    @asynccontextmanager
    async def connected(_: object) -> AsyncIterator[dict[str, object]]:
        yield {}

    monkeypatch.setattr(cuts, "open_project", lambda _: project)
    monkeypatch.setattr(blackouts, "Bus", Bus)
    monkeypatch.setattr(blackouts, "connected", connected)
    monkeypatch.setattr(blackouts, "DARK", (0.0, 0.0))
    return done


def cut(times: int) -> int:
    return blackouts.main(["--cloud", str(Path("cloud.yaml")), "--times", str(times)])


def test_all_hosts_are_dark_before_one_has_power_again(
    switched: list[tuple[str, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cut(2) == 0
    for at, state in ((0, "off"), (3, "on"), (6, "off"), (9, "on")):
        assert sorted(switched[at : at + 3]) == [(host, state) for host in HOSTS]
    assert "median 7.0 s, longest 7.0 s" in capsys.readouterr().out


def test_a_bus_that_is_not_back_ends_it_there(
    switched: list[tuple[str, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cut(9) == 1
    assert switched.count(("alpha", "off")) == 3
    assert "not back: bravo: not running: alpha" in capsys.readouterr().out


@pytest.mark.parametrize("main", [blackouts.main, cuts.main])
def test_a_cloud_file_that_is_not_there_is_one_plain_error(
    main: Callable[[list[str]], int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--cloud", str(tmp_path / "no.yaml")]) == 2
    assert "the file cannot be read" in capsys.readouterr().err
