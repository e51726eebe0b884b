"""Every file that the example clouds' hosts get, as a text that people review: `pytest --update-golden`.

One folder a component, one text a path; hosts whose file is the same stand together above it.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from pathlib import Path

import pytest
from clouds import fragments_of, sites

from holdfast.components import catalogue, programs
from holdfast.model.plan import PutFile
from holdfast.openstack import programs as openstack_programs

FOLDER = Path(__file__).parent / "config"
CLOUDS = ("one", "three", "split", "stock", "networks", "six", "whole")


@cache
def shipped() -> dict[str, str]:
    """The programs that hosts get as they are, by their text."""
    folders = (resources.files(programs), resources.files(openstack_programs))
    return {p.read_text(): p.name for folder in folders for p in folder.iterdir() if p.is_file()}


def shown(file: PutFile) -> str:
    """The file's head line and its text, secrets named instead of told."""
    head = f"{file.owner}:{file.group} {file.mode:o}{' secret' if file.secret else ''}"
    if file.content in shipped():
        return f"{head}\n(the program {shipped()[file.content]})\n"
    return f"{head}\n" + re.sub(r"SECRET-([a-z0-9-]+)", r"<secret \1>", file.content)


@cache
def texts() -> dict[str, str]:
    """By `component/path`: the file in every cloud, hosts with the same text together."""
    found: dict[str, dict[str, list[str]]] = {}
    for cloud in CLOUDS:
        for here in sites()[cloud].places:
            for file in (*here.files, *fragments_of(here)):
                name = f"{here.component.name}/{file.path.strip('/').replace('/', '__')}"
                places = found.setdefault(name, {}).setdefault(shown(file), [])
                places.append(f"{cloud}/{here.host.name}")
    return {
        name: "\n".join(f"=== {' '.join(hosts)}: {text}" for text, hosts in variants.items())
        for name, variants in found.items()
    }


def test_every_file_is_as_reviewed(request: pytest.FixtureRequest) -> None:
    kept = {p.relative_to(FOLDER).as_posix().removesuffix(".txt"): p for p in FOLDER.glob("*/*.txt")}
    if request.config.getoption("--update-golden"):
        for path in kept.values():
            path.unlink()
        for name, text in texts().items():
            (FOLDER / name).parent.mkdir(parents=True, exist_ok=True)
            (FOLDER / f"{name}.txt").write_text(text)
        return
    assert kept.keys() == texts().keys(), "files came or went: if that is meant, pytest --update-golden"
    different = [name for name, path in kept.items() if path.read_text() != texts()[name]]
    assert different == [], "look at the differences; if they are meant: pytest --update-golden"


def test_no_text_holds_a_secret() -> None:
    assert [p.name for p in FOLDER.glob("*/*.txt") if "SECRET-" in p.read_text()] == []


def test_every_component_with_files_has_its_folder() -> None:
    assert {name.split("/")[0] for name in texts()} == {p.name for p in FOLDER.iterdir()}
    assert {c.name for c in catalogue()} >= {p.name for p in FOLDER.iterdir()}
