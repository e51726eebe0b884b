"""Cells: which database and bus the machines of each are in, and which compute hosts it has."""

from __future__ import annotations

import json
from hashlib import sha256
from uuid import NAMESPACE_DNS, uuid5

from holdfast.components.nova.settings import CELL0_SCHEMA, CELL_SCHEMA, NAME, THREADS, config_of
from holdfast.components.programs import program
from holdfast.components.questions.cells import as_mapped
from holdfast.model.catalogue import Here
from holdfast.model.component import Component
from holdfast.model.parts import Once, When
from holdfast.model.plan import PutFile
from holdfast.model.question import Question
from holdfast.openstack.role import API

PROGRAM = "/usr/libexec/holdfast/nova_cells.py"
MAPPED = "/usr/libexec/holdfast/nova_mapped.py"
CONFIG = config_of("nova-conductor")
CELL0 = "00000000-0000-0000-0000-000000000000"


def programs(_here: Here) -> tuple[PutFile, ...]:
    """What maps cells and their hosts, and what tells how they are mapped."""
    return (PutFile(PROGRAM, program("nova_cells.py")), PutFile(MAPPED, program("nova_mapped.py")))


def _place(address: str, number: str = "") -> str:
    """User, password, host and port of a node, for each process to fill in from its own file.

    So no password is in the mapping, and every host comes from its own address.
    """
    host = f"{{hostname{number}}}"
    place = f"[{host}]" if ":" in address else host
    return f"{{username{number}}}:{{password{number}}}@{place}:{{port{number}}}"


def _cells(here: Here) -> list[list[str]]:
    """[id, name, database, bus] of each cell, as templates."""
    database, nodes = here.offer("database").address, here.offer("bus").addresses
    # A list of one has no numbers.
    numbers = [str(n) for n in range(1, len(nodes) + 1)] if len(nodes) > 1 else [""]
    bus = ",".join(_place(address, number) for address, number in zip(nodes, numbers, strict=True))

    def of(schema: str) -> str:
        return f"{{scheme}}://{_place(database)}/{schema}?{{query}}"

    first = str(uuid5(NAMESPACE_DNS, f"cell1.{here.site.cloud.name}"))
    return [
        [CELL0, "cell0", of(CELL0_SCHEMA), "none:///"],
        [first, "cell1", of(CELL_SCHEMA), f"rabbit://{bus}/{{path}}"],
    ]


def _work(here: Here, id: str, why: str, hosts: list[str]) -> Once:
    cells = _cells(here)
    told = {"cells": cells, "hosts": hosts}
    argv = ["runuser", "-u", NAME, "--", here.site.release.python, "-I", MAPPED, CONFIG]
    holds = Question(f"{NAME}-{id}", as_mapped, why, {"argv": argv, **told}, deadline=15)
    name, _, value = THREADS.partition("=")
    return Once(
        id=id,
        when=When.BEFORE_START,
        why=why,
        argv=(here.site.release.python, PROGRAM, CONFIG),
        stdin=json.dumps(told),
        user=NAME,
        env=((name, value),),
        digest=sha256(json.dumps(told).encode()).hexdigest(),
        holds=holds,
    )


def mapped(here: Here) -> Once:
    """The work that maps the cells themselves."""
    return _work(here, "cells", "each cell is known with its database and bus", [])


def _discovered(here: Here) -> tuple[Once, ...]:
    hosts = [host.name for host in here.site.offering("compute-host").hosts]
    return (_work(here, "hosts", "each compute host belongs to a cell", hosts),)


CELLS = Component(
    name="nova-cells",
    role=API.name,
    summary="which compute hosts each cell has",
    needs=("cells", "compute-host"),
    once=_discovered,
)
