"""The command line: translates words to use cases, and what they return to text or JSON."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from holdfast.front.answer import Commands, answering
from holdfast.front.completion import Shell, script, words_of
from holdfast.front.drillcommands import drill
from holdfast.front.exits import plain_errors
from holdfast.front.labcommands import lab_app
from holdfast.front.lookcommands import check, status, verify
from holdfast.front.options import Cloud, Json, Verbose, WrongWords
from holdfast.front.plancommands import apply, plan

HELP = """Designs, deploys, proves and operates highly available OpenStack control planes.

Exit codes: 0 done and healthy, 1 found wanting, 2 bad input or nowhere to write, 3 cannot reach, \
70 a fault of Holdfast's own, 130 interrupted (Ctrl-C), 143 terminated.
"""

app = typer.Typer(
    cls=Commands,
    help=HELP,
    no_args_is_help=True,
    add_completion=False,
    # Boxes end each line in blanks, and break words where they are narrow.
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
keys_app = typer.Typer(help="The keys that tokens and credentials are made with.", no_args_is_help=True)
app.add_typer(lab_app, name="lab")
app.add_typer(keys_app, name="keys")


def main() -> None:
    """The entry point of the `holdfast` command."""
    with plain_errors():
        app()


def _tell_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(f"holdfast {version('holdfast')}")
        raise typer.Exit


@app.callback()
def options(
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_tell_version, is_eager=True, help="Say which version this is."),
    ] = False,
) -> None:
    """What comes before a command."""


@app.command()
def new(
    hosts: Annotated[int, typer.Option(help="How many hosts: 1, 3 or 5.")] = 3,
    name: Annotated[str, typer.Option(help="The cloud's name; by default one that tells its size.")] = "",
    network: Annotated[
        str, typer.Option(help="The network of the hosts, by its CIDR; the tenth address is the clients'.")
    ] = "198.18.0.0/24",
    out: Annotated[Path | None, typer.Option(help="Write here instead of to standard output.")] = None,
    as_json: Json = False,
) -> None:
    """A commented starter cloud file.

    Example: holdfast new --name home --network 192.0.2.0/24 --out cloud.yaml
    """
    from holdfast.front.shapes import StarterFile
    from holdfast.front.starter import named, write_new

    with answering(as_json) as answer:
        if hosts not in (1, 3, 5):
            raise WrongWords("--hosts", "a quorum is odd: choose 1, 3 or 5 hosts")
        text = named(hosts, name, network)  # type: ignore[arg-type]
        if out is None:
            answer.give(lambda: print(text, end=""), StarterFile(None, text))
            return
        write_new(out, text)
        words = f"wrote {out}; look at it, then: holdfast check --cloud {out}"
        answer.give(lambda: print(words), StarterFile(str(out), None))


app.command("check")(check)
app.command("plan")(plan)
app.command("apply")(apply)
app.command("status")(status)
app.command("verify")(verify)
app.command("drill")(drill)


@app.command()
def demo(
    keep: Annotated[bool, typer.Option(help="Leave the cloud running at the end.")] = True,
    as_json: Json = False,
    verbose: Verbose = False,
) -> None:
    """From nothing to a proven identity service in a lab. Example: make demo"""
    from holdfast.front.demo import run_demo

    with answering(as_json) as answer:
        raise typer.Exit(run_demo(answer, keep=keep, verbose=verbose))


@app.command()
def completion(shell: Annotated[Shell, typer.Argument(help="The shell it is for.")]) -> None:
    """Completion of commands and options, for a shell to read.

    Example: holdfast completion bash > ~/.local/share/bash-completion/completions/holdfast
    """
    print(script(shell, words_of(typer.main.get_command(app))), end="")


@keys_app.command("rotate")
def keys_rotate(
    repository: Annotated[str, typer.Argument(help="fernet or credential")] = "fernet",
    cloud: Cloud = None,
    as_json: Json = False,
) -> None:
    """Makes the staged key the primary one.

    Stages a new one; `holdfast apply` then spreads them.
    Example: holdfast keys rotate fernet && holdfast apply
    """
    from holdfast.front.shapes import Keys
    from holdfast.vault import rotate, secret_names

    with answering(as_json) as answer:
        project = answer.open(cloud)
        numbers = tuple(rotate(project.state, repository, secret_names(project.catalogue)))
        words = f"{repository}: keys {', '.join(map(str, numbers))}; spread them: holdfast apply"
        answer.give(lambda: print(words), Keys(repository, numbers))
