"""The state of a cloud as it is shown: a matrix, a line for each dead host, and what is wanting."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest
from three_hosts import NOW, change, make_site, well

from holdfast.front.matrix import status_lines
from holdfast.front.overview import NotThere, choose, overview
from holdfast.front.paper import Paper
from holdfast.front.service import REACH, Look
from holdfast.model.catalogue import Site
from holdfast.model.cloud import Host
from holdfast.model.errors import Exit
from holdfast.model.finding import Finding, Verdict
from holdfast.model.observed import Answer, Observed
from holdfast.probes import look

SITE = make_site()
PIPE, NARROW = Paper(), Paper(80)
WHY = "it did not answer at 198.18.0.13:22 within 10 s, nor when it was asked a second time"


def looked(site: Site, scene: Mapping[str, Observed | None]) -> Look:
    async def fetch(url: str) -> Answer:
        return Answer(True, f"{url}: 200", {"status": 200}, 0.004)

    dead = (
        Finding(Verdict.FAIL, REACH, name, WHY, "look at its power", host=name)
        for name, seen in scene.items()
        if seen is None
    )
    return Look((*dead, *asyncio.run(look(site, scene, fetch=fetch, now=NOW))), scene)


def shown(
    seen: Look,
    on: Paper = PIPE,
    *,
    site: Site = SITE,
    hosts: Sequence[str] = (),
    services: Sequence[str] = (),
    passed: bool = False,
) -> list[str]:
    choice = choose(site, hosts, services)
    findings = tuple(filter(choice.has, seen.findings))
    return list(status_lines(overview(site, seen, choice), findings, on, passed=passed))


def rows(lines: Sequence[str]) -> dict[str, list[str]]:
    """The matrix by its first words."""
    names = {placed.name for placed in SITE.placed}
    return {words[0]: words[1:] for line in lines if (words := line.split()) and words[0] in names}


def test_when_all_is_well_it_is_where_things_are_and_a_matrix() -> None:
    lines = shown(looked(SITE, well(SITE)))
    assert lines[0].startswith("address 198.18.0.100; ")
    assert "the database's writer: c3" in lines[0] and "the address's holder: c2" in lines[0]
    assert lines[2].split() == ["c1", "c2", "c3"]
    assert rows(lines) == {placed.name: ["ok", "ok", "ok"] for placed in SITE.placed}
    assert len(lines) == 3 + len(SITE.placed) + 2, "and how many of each verdict"


def test_a_dead_host_is_a_column_and_one_line() -> None:
    lines = shown(looked(SITE, {**well(SITE), "c3": None}))
    assert all(cells == ["ok", "ok", "??"] for cells in rows(lines).values())
    (dead,) = [line for line in lines if "reach" in line]
    assert dead == f"FAIL  reach  c3  {WHY} -> look at its power"
    assert not any("on c3" in line for line in lines), "what follows is counted, not listed"
    assert "not listed" in lines[-1]
    assert any("on c3" in line for line in shown(looked(SITE, {**well(SITE), "c3": None}), passed=True))


@pytest.mark.parametrize("on", [PIPE, NARROW], ids=str)
def test_three_dead_hosts_are_no_wall(on: Paper) -> None:
    nobody = looked(SITE, dict.fromkeys(well(SITE)))
    lines = shown(nobody, on)
    assert nobody.exit is Exit.CANNOT_REACH
    assert len([line for line in lines if "reach" in line]) == 3
    assert len(lines) < 12
    assert not any(line.startswith("??") for line in lines), "it is counted that nothing else is known"
    assert not rows(lines), "a matrix of nothing but question marks says nothing"


@pytest.mark.parametrize("colour", [False, True])
def test_at_80_columns_a_dead_host_is_one_line_and_its_cure_comes_once(colour: bool) -> None:
    lines = shown(looked(SITE, {**well(SITE), "c2": None, "c3": None}), Paper(80, colour))
    bare = [line.replace("\x1b[1;31m", "").replace("\x1b[0m", "").replace("\x1b[33m", "") for line in lines]
    assert [line[:17] for line in bare if "reach" in line] == ["FAIL  reach  c2  ", "FAIL  reach  c3  "]
    assert len([line for line in bare if "look at its power" in line and "->" in line]) == 1
    assert [line for line in bare if "\x1b" not in line and (len(line) > 80 or line != line.rstrip())] == []


def test_what_is_wanting_comes_with_its_cure() -> None:
    sick = change(well(SITE), "c2", "identity", Answer(False, "[/var/lib/x] answered 503"))
    lines = shown(looked(SITE, sick))
    assert rows(lines)["keystone"] == ["ok", "FAIL", "ok"]
    (line,) = [line for line in lines if line.startswith("FAIL")]
    assert "keystone on c2" in line and "[/var/lib/x]" in line and "journalctl -u keystone" in line


def test_one_host_or_one_service_alone() -> None:
    sick = looked(SITE, change(well(SITE), "c2", "identity", Answer(False, "503")))
    of_host = shown(sick, hosts=["c1"])
    assert set(map(len, rows(of_host).values())) == {1}
    assert not any("FAIL" in line for line in of_host)
    of_service = shown(sick, services=["keystone"])
    assert rows(of_service) == {"keystone": ["ok", "FAIL", "ok"]}
    assert not any("mariadb" in line for line in of_service)


@pytest.mark.parametrize(("option", "named"), [("--host", (["zulu"], [])), ("--service", ([], ["teleport"]))])
def test_what_the_cloud_has_not_is_refused_with_what_it_has(
    option: str, named: tuple[list[str], list[str]]
) -> None:
    with pytest.raises(NotThere, match=option) as caught:
        choose(SITE, *named)
    assert "c1" in str(caught.value) or "keystone" in str(caught.value)


def test_a_service_is_all_its_components() -> None:
    parts = [placed.name for placed in SITE.placed if placed.component.service == "mariadb"]
    assert choose(SITE, (), ["mariadb"]).components == tuple(parts)


def test_many_hosts_stand_below_one_another_at_a_terminal_and_never_in_a_pipe() -> None:
    more = tuple(Host(f"machine-{n:02}", f"198.18.0.{20 + n}", SITE.cloud.hosts[0].roles) for n in range(12))
    site = replace(SITE, cloud=replace(SITE.cloud, hosts=(*SITE.cloud.hosts, *more)))
    seen = looked(site, well(site))
    lines = shown(seen, NARROW, site=site)
    assert [line for line in lines if len(line) > 80] == []
    heads = [line.split() for line in lines if line.startswith(" " * 12)]
    assert [name for head in heads for name in head] == [host.name for host in site.cloud.hosts]
    assert len([line for line in shown(seen, PIPE, site=site) if line.startswith(" " * 12)]) == 1


def test_a_host_without_a_component_has_a_dot() -> None:
    first, *others = SITE.cloud.hosts
    split = replace(
        SITE, cloud=replace(SITE.cloud, hosts=(replace(first, roles=frozenset({"api"})), *others))
    )
    lines = shown(looked(split, well(split)), site=split)
    assert rows(lines)["mariadb"] == [".", "ok", "ok"]
