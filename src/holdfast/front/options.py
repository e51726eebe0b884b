"""The options that every command has, and the cloud file that one of them names."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from holdfast.model.errors import BadInput

if TYPE_CHECKING:
    from holdfast.front.project import Project

Cloud = Annotated[
    Path | None,
    typer.Option(
        "--cloud",
        metavar="FILE",
        envvar="HOLDFAST_CLOUD",
        help="Cloud file, - for standard input; by default cloud.yaml here, or the last demo's.",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of text.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask: for scripts.")]
Verbose = Annotated[
    bool, typer.Option("--verbose", "-v", help="Show every event as a line, at a terminal too.")
]

Hosts = Annotated[
    list[str] | None,
    typer.Option("--hosts", metavar="NAME[,NAME]...", help="Touch these alone; may be given again."),
]


class WrongWords(BadInput):
    """Words of a command line that mean nothing together: where, and what would."""

    def __init__(self, where: str, what: str) -> None:
        super().__init__(f"{where}: {what}")


def named_hosts(given: list[str] | None) -> tuple[str, ...]:
    """The names in `--hosts`, each once; none where it was not given. Raises WrongWords for an empty one."""
    words = [name.strip() for words in given or () for name in words.split(",")]
    names = tuple(dict.fromkeys(name for name in words if name))
    if given and not names:
        # An empty variable in a script must not mean all hosts.
        raise WrongWords("--hosts", "it names nobody; leave it out for all hosts")
    return names


def open_cloud(cloud: Path | None, *, keep: bool = True, as_is: bool = False, own: bool = True) -> Project:
    """The project of `--cloud`, opened as `open_project` says. Raises NoCloudFile, CloudFileErrors.

    The last demo's cloud is taken where there is nothing nearer, and this is said.
    """
    from holdfast.front.exits import tell
    from holdfast.front.project import find_cloud_file, is_remembered, open_project

    path = find_cloud_file(cloud)
    if cloud is None and is_remembered(path):
        tell(f"there is no cloud.yaml here: this is about the last demo's cloud, {path}")
    return open_project(path, keep=keep, as_is=as_is, own=own)
