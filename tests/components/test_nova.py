"""What is peculiar to virtual machines: cells as templates, who knows which secret, what is lent."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from clouds import sites

from holdfast.components.questions.cells import as_mapped
from holdfast.model.catalogue import Here, Site
from holdfast.openstack.lent import lent

WHOLE = "whole"
CONTROLLERS = ("nova-api", "nova-metadata", "nova-conductor", "nova-scheduler", "nova-novncproxy")


def places(site: Site, name: str) -> tuple[Here, ...]:
    return tuple(here for here in site.places if here.component.name == name)


def conf(site: Site, name: str) -> str:
    (text, *_) = [file.content for file in places(site, name)[0].files if file.path.endswith("/nova.conf")]
    return text


def wanted_cells(site: Site) -> list[list[str]]:
    (conductor, *_) = places(site, "nova-conductor")
    (work,) = [work for work in conductor.component.once(conductor) if work.id == "cells"]
    return list(json.loads(work.stdin)["cells"])


def filled(template: str, url: str) -> str:
    """As nova fills a template in: numbered where there are several nodes, else by name alone."""
    parts = urlsplit(url)
    words: dict[str, str | int | None] = {
        "scheme": parts.scheme,
        "path": parts.path[1:],
        "query": parts.query,
    }
    nodes = [urlsplit(f"//{place}") for place in parts.netloc.split(",")]
    for number, node in enumerate(nodes, 1):
        end = str(number) if len(nodes) > 1 else ""
        words |= {f"username{end}": node.username, f"password{end}": node.password}
        words |= {f"hostname{end}": node.hostname, f"port{end}": node.port}
    return template.format(**words)


@pytest.mark.parametrize("name", [WHOLE, "whole-stock"])
def test_every_cell_is_a_template_that_each_process_fills_from_its_own_file(name: str) -> None:
    site = sites()[name]
    lines = dict(line.split(" = ", 1) for line in conf(site, "nova-api").splitlines() if " = " in line)
    cell0, cell1 = wanted_cells(site)
    assert "SECRET" not in json.dumps([cell0, cell1])
    assert filled(cell1[3], lines["transport_url"]) == lines["transport_url"]
    api = lines["connection"]
    assert filled(cell1[2], api) == api.replace("/nova_api?", "/nova?")
    assert filled(cell0[2], api) == api.replace("/nova_api?", "/nova_cell0?")


def test_a_compute_host_knows_no_password_of_the_database() -> None:
    site = sites()[WHOLE]
    password = site.secret("database.nova").reveal()
    assert password not in conf(site, "nova-compute")
    assert all(password in conf(site, name) for name in CONTROLLERS)


def test_who_asks_for_a_machine_shows_the_secret_that_the_metadata_wants() -> None:
    site = sites()[WHOLE]
    password = site.offer("metadata", "anybody").password
    assert f"metadata_proxy_shared_secret = {password}\n" in conf(site, "nova-metadata")


def test_what_the_host_can_do_is_told_before_the_file_that_may_say_otherwise() -> None:
    (here, *_) = places(sites()[WHOLE], "nova-compute")
    (unit,) = [file.content for file in here.files if file.path.endswith("nova-compute.service")]
    assert unit.index("/run/nova-compute/virtualization.conf") < unit.index("/etc/nova-compute/nova.conf")


@pytest.mark.parametrize(
    ("cells", "hosts", "said"),
    [
        ([["1", "cell1", "db", "bus"]], ["a"], "1 cells, 1 hosts"),
        ([["1", "cell1", "db", "another"]], [], "cell1 is not mapped as it should be"),
        ([["2", "cell2", "db", "bus"]], ["b"], "cell2 is not mapped as it should be; no cell has b"),
    ],
)
def test_a_mapping_that_is_otherwise_is_named(cells: list[list[str]], hosts: list[str], said: str) -> None:
    found = json.dumps({"cells": [["1", "cell1", "db", "bus"]], "hosts": [["a"]]})
    answer = as_mapped([sys.executable, "-c", f"print({found!r})"], cells, hosts)
    assert answer == {"ok": said.endswith("hosts"), "text": said}


def test_where_nothing_can_be_told_nothing_is_said_to_be_wrong() -> None:
    assert as_mapped([sys.executable, "-c", "raise SystemExit(1)"], [], [])["ok"] is None


def test_modules_are_lent_by_name_and_nothing_beside_them(tmp_path: Path) -> None:
    folder = tmp_path / "lent"
    folder.mkdir()
    (folder / "old.py").touch()
    done = subprocess.run(lent(str(folder), "json", "re").argv, check=False)
    assert done.returncode == 0
    assert "old.py" not in {entry.name for entry in folder.iterdir()}
    assert {entry.readlink().parent for entry in folder.iterdir()} == {Path("/usr/lib/python3/dist-packages")}
