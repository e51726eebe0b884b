"""`holdfast lab`: words to the lab's use cases, and what they return to text or JSON."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from holdfast.front.answer import Answer, answering
from holdfast.front.asking import confirm
from holdfast.front.exits import tell
from holdfast.front.options import Cloud, Json, Verbose, WrongWords, Yes

if TYPE_CHECKING:
    from holdfast.front.project import Project
    from holdfast.lab.lab import LinkState

lab_app = typer.Typer(help="The machines of a cloud file on this machine.", no_args_is_help=True)


@lab_app.command("up")
def lab_up(
    cloud: Cloud = None,
    as_json: Json = False,
    verbose: Verbose = False,
    data_disk: Annotated[
        int | None,
        typer.Option(
            metavar="MIB", help="A small disk of its own for each folder of data, on hosts made now: to fill."
        ),
    ] = None,
) -> None:
    """Boots every host of the cloud file. Example: holdfast lab up --cloud cloud.yaml"""
    from holdfast.front import labs
    from holdfast.front.progress import progress

    with answering(as_json) as answer:
        project = answer.open(cloud)
        with progress("lab up", project.state, quiet=as_json, verbose=verbose) as telling:
            labs.up(project, telling.say, data_disk)
        _show_lab(project, answer)


@lab_app.command("down")
def lab_down(
    cloud: Cloud = None,
    as_json: Json = False,
    wipe: Annotated[
        bool, typer.Option("--wipe", help="Remove the disks too: everything on the hosts is lost.")
    ] = False,
    yes: Yes = False,
) -> None:
    """Shuts the machines down. Their disks stay unless --wipe, which asks. Example: holdfast lab down"""
    with answering(as_json) as answer:
        project = _open_lab(cloud, answer)
        if wipe:
            confirm(
                answer, f"removes the disks of {project.cloud.name}, with everything on its machines", yes
            )
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

    argv = _open_lab(cloud, Answer(as_json=False)).lab.shell_argv(host)
    os.execvp(argv[0], argv)


@lab_app.command("power")
def lab_power(
    host: str,
    state: Annotated[str, typer.Argument(metavar="off|on|cycle")],
    cloud: Cloud = None,
    as_json: Json = False,
) -> None:
    """Cuts or gives a machine's power, as the plug does. Example: holdfast lab power alpha off"""
    with answering(as_json) as answer:
        if state not in ("off", "on", "cycle"):
            raise WrongWords(state, "a machine's power is off, on or cycle")
        project = _open_lab(cloud, answer)
        project.lab.power(host, state)  # type: ignore[arg-type]
        _show_switch(answer, host, "power", state)


@lab_app.command("link")
def lab_link(
    host: str,
    state: Annotated[str, typer.Argument(metavar="down|up")],
    cloud: Cloud = None,
    network: Annotated[
        str | None, typer.Option(help="The cable to this network alone; by default all of them.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Pulls or plugs a machine's cables. Example: holdfast lab link alpha down --network storage"""
    with answering(as_json) as answer:
        wanted = _link_state(state)
        project = _open_lab(cloud, answer)
        project.lab.link(host, wanted, network)
        _show_switch(answer, host, f"link to {network}" if network else "link", state)


@lab_app.command("network")
def lab_network(
    name: str,
    state: Annotated[str, typer.Argument(metavar="down|up")],
    cloud: Cloud = None,
    as_json: Json = False,
) -> None:
    """Pulls or plugs every machine's cable to a network. Example: holdfast lab network storage down"""
    with answering(as_json) as answer:
        wanted = _link_state(state)
        project = _open_lab(cloud, answer)
        project.lab.network(name, wanted)
        _show_switch(answer, name, "network", state)


def _link_state(state: str) -> LinkState:
    if state not in ("down", "up"):
        raise WrongWords(state, "a cable is down or up")
    return state  # type: ignore[return-value]


@lab_app.command("clean")
def lab_clean(yes: Yes = False, as_json: Json = False) -> None:
    """Removes every trace of every lab on this machine. Images stay cached. Asks. Example: make clean"""
    from holdfast.front import labs
    from holdfast.front.events import words

    with answering(as_json) as answer:
        labs.require_root()
        confirm(answer, "removes every lab on this machine, with everything on its machines", yes)
        labs.clean(lambda told: tell(words(told)))
        answer.give(lambda: None)


def _open_lab(cloud: Path | None, answer: Answer) -> Project:
    """The project of `--cloud`, for root only. Raises LabError, and what `open_cloud` raises."""
    from holdfast.front.labs import require_root

    project = answer.open(cloud)
    require_root()
    return project


def _show_switch(answer: Answer, name: str, what: str, state: str) -> None:
    from holdfast.front.shapes import Switch

    answer.give(lambda: print(f"{name}: {what} {state}"), Switch(name, what, state))


def _show_lab(project: Project, answer: Answer) -> None:
    from holdfast.front.shapes import Machines
    from holdfast.front.tables import print_machines

    found = tuple(project.lab.list())
    answer.give(lambda: print_machines(found), Machines(found))
