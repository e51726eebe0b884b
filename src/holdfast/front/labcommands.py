"""`holdfast lab`: words to the lab's use cases, and what they return to text or JSON."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from holdfast.front.answer import Answer, answering
from holdfast.front.options import Cloud, Json

if TYPE_CHECKING:
    from holdfast.front.project import Project
    from holdfast.lab.lab import LinkState

lab_app = typer.Typer(help="The machines of a cloud file on this machine.", no_args_is_help=True)


@lab_app.command("up")
def lab_up(cloud: Cloud = None, as_json: Json = False) -> None:
    """Boots every host of the cloud file. Example: holdfast lab up --cloud cloud.yaml"""
    from holdfast.front import labs
    from holdfast.front.progress import progress

    with answering(as_json) as answer:
        project = answer.open(cloud)
        with progress("lab up", project.state, quiet=as_json) as telling:
            labs.up(project, telling.say)
        _show_lab(project, answer)


@lab_app.command("down")
def lab_down(
    cloud: Cloud = None,
    as_json: Json = False,
    wipe: Annotated[
        bool, typer.Option("--wipe", help="Remove the disks too: everything on the hosts is lost.")
    ] = False,
) -> None:
    """Shuts the machines down; their disks stay unless --wipe. Example: holdfast lab down"""
    with answering(as_json) as answer:
        project = _open_lab(cloud, answer)
        project.lab.down(wipe=wipe)
        _show_lab(project, answer)


@lab_app.command("list")
def lab_list(cloud: Cloud = None, as_json: Json = False) -> None:
    """Every machine with its power and link. Example: holdfast lab list"""
    with answering(as_json) as answer:
        _show_lab(_open_lab(cloud, answer), answer)


@lab_app.command("shell")
def lab_shell(host: str, cloud: Cloud = None) -> None:
    """A root shell on a machine. Example: holdfast lab shell alpha"""
    import os

    argv = _open_lab(cloud).lab.shell_argv(host)
    os.execvp(argv[0], argv)


@lab_app.command("power")
def lab_power(
    host: str, state: Annotated[str, typer.Argument(metavar="off|on|cycle")], cloud: Cloud = None
) -> None:
    """Cuts or gives a machine's power, as the plug does. Example: holdfast lab power alpha off"""
    if state not in ("off", "on", "cycle"):
        raise typer.BadParameter("off, on or cycle", param_hint="state")
    _open_lab(cloud).lab.power(host, state)  # type: ignore[arg-type]


@lab_app.command("link")
def lab_link(
    host: str,
    state: Annotated[str, typer.Argument(metavar="down|up")],
    cloud: Cloud = None,
    network: Annotated[
        str | None, typer.Option(help="The cable to this network alone; by default all of them.")
    ] = None,
) -> None:
    """Pulls or plugs a machine's cables. Example: holdfast lab link alpha down --network storage"""
    _open_lab(cloud).lab.link(host, _link_state(state), network)


@lab_app.command("network")
def lab_network(
    name: str, state: Annotated[str, typer.Argument(metavar="down|up")], cloud: Cloud = None
) -> None:
    """Pulls or plugs every machine's cable to a network. Example: holdfast lab network storage down"""
    _open_lab(cloud).lab.network(name, _link_state(state))


def _link_state(state: str) -> LinkState:
    if state not in ("down", "up"):
        raise typer.BadParameter("down or up", param_hint="state")
    return state  # type: ignore[return-value]


@lab_app.command("clean")
def lab_clean() -> None:
    """Removes every trace of every lab on this machine; images stay cached. Example: make clean"""
    from holdfast.front import labs
    from holdfast.front.events import words

    labs.clean(lambda told: print(words(told), file=sys.stderr))


def _open_lab(cloud: Path | None, answer: Answer | None = None) -> Project:
    """The project of `--cloud`, for root only. Raises LabError, and what `open_cloud` raises."""
    from holdfast.front.labs import require_root

    project = (answer or Answer(as_json=False)).open(cloud)
    require_root()
    return project


def _show_lab(project: Project, answer: Answer) -> None:
    from holdfast.front.shapes import Machines
    from holdfast.front.tables import print_machines

    found = tuple(project.lab.list())
    answer.give(lambda: print_machines(found), Machines(found))
