"""The options that every command has, and the cloud file that one of them names."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from holdfast.front.project import Project

Cloud = Annotated[
    Path | None,
    typer.Option("--cloud", metavar="FILE", help="Cloud file; by default cloud.yaml here, or the demo's."),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of text.")]

Hosts = Annotated[
    list[str] | None,
    typer.Option("--hosts", metavar="NAME[,NAME]...", help="Touch these alone; may be given again."),
]


def named_hosts(given: list[str] | None) -> tuple[str, ...]:
    """The names in `--hosts`, each once; none where it was not given. BadParameter for an empty one."""
    words = [name.strip() for words in given or () for name in words.split(",")]
    names = tuple(dict.fromkeys(name for name in words if name))
    if given and not names:
        # An empty variable in a script must not mean all hosts.
        raise typer.BadParameter("it names nobody; leave it out for all hosts", param_hint="--hosts")
    return names


def open_cloud(cloud: Path | None, *, keep: bool = True, as_is: bool = False, own: bool = True) -> Project:
    """The project of `--cloud`, opened as `open_project` says. Raises NoCloudFile, CloudFileErrors."""
    from holdfast.front.project import open_project

    return open_project(cloud, keep=keep, as_is=as_is, own=own)
