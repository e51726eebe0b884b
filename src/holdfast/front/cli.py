"""The command line: translates words to use cases, and what they return to text or JSON."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from holdfast.front.answer import Answer, answering
from holdfast.front.exits import plain_errors
from holdfast.front.labcommands import lab_app
from holdfast.front.lookcommands import check, status, verify
from holdfast.front.options import Cloud, Json
from holdfast.front.plancommands import apply, plan
from holdfast.front.work import carry_out

if TYPE_CHECKING:
    from holdfast.front.project import Project

HELP = """Designs, deploys, proves and operates highly available OpenStack control planes.

Exit codes: 0 done and healthy, 1 found wanting, 2 bad input or nowhere to write, 3 cannot reach.
"""

app = typer.Typer(help=HELP, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
keys_app = typer.Typer(help="The keys that tokens and credentials are made with.", no_args_is_help=True)
app.add_typer(lab_app, name="lab")
app.add_typer(keys_app, name="keys")


def main() -> None:
    """The entry point of the `holdfast` command."""
    with plain_errors():
        app()


@app.command()
def new(
    hosts: Annotated[int, typer.Option(help="How many hosts: 1, 3 or 5.")] = 3,
    out: Annotated[Path | None, typer.Option(help="Write here instead of to standard output.")] = None,
    as_json: Json = False,
) -> None:
    """A commented starter cloud file. Example: holdfast new --hosts 3 --out cloud.yaml"""
    from holdfast.front.shapes import StarterFile
    from holdfast.front.starter import starter, write_new

    if hosts not in (1, 3, 5):
        raise typer.BadParameter("a quorum is odd: choose 1, 3 or 5 hosts", param_hint="--hosts")
    text = starter(hosts)  # type: ignore[arg-type]
    with answering(as_json) as answer:
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


@app.command()
def drill(
    names: Annotated[
        list[str] | None, typer.Argument(help="Faults, with or without @host.", metavar="[NAME]...")
    ] = None,
    cloud: Cloud = None,
    as_json: Json = False,
    listing: Annotated[bool, typer.Option("--list", help="Show the faults there are.")] = False,
    repeats: Annotated[int, typer.Option(min=1, max=100, help="How often each fault strikes.")] = 1,
    heal: Annotated[bool, typer.Option("--heal", help="Only heal what an interrupted drill left.")] = False,
) -> None:
    """Injects faults under load and shows promised, predicted and measured side by side.

    The cloud loses what the fault takes, for about half a minute each time.
    Example: holdfast drill power-address kill-PROCESS --repeats 5
    """
    from holdfast.drill.result import findings_of
    from holdfast.front import drills
    from holdfast.front.progress import progress
    from holdfast.front.shapes import Healed
    from holdfast.front.tables import print_drill, print_healed

    with answering(as_json) as answer:
        # Healing needs no secret of the operator's, and must go on where the disk is full.
        project = answer.open(cloud, keep=not heal, own=not heal)
        if listing:
            _list_faults(answer, project)
            return
        with progress("drill", project.state, quiet=as_json) as telling:
            if heal:
                healed = carry_out(drills.heal(project, telling.say))
                answer.give(lambda: print_healed(healed), Healed(healed))
                return
            report = carry_out(drills.drill(project, names or (), repeats, telling.say))
        answer.conclude(findings_of(report.results), lambda: print_drill(report), report)


def _list_faults(answer: Answer, project: Project) -> None:
    from holdfast.front.drills import known_faults
    from holdfast.front.shapes import Drillable
    from holdfast.front.tables import print_faults

    faults = known_faults(project)
    answer.give(lambda: print_faults(faults), Drillable(faults))


@app.command()
def demo(
    keep: Annotated[bool, typer.Option(help="Leave the cloud running at the end.")] = True,
    as_json: Json = False,
) -> None:
    """From nothing to a proven identity service on three lab machines. Example: make demo"""
    from holdfast.front.demo import run_demo

    with answering(as_json) as answer:
        raise typer.Exit(run_demo(answer, keep=keep))


@keys_app.command("rotate")
def keys_rotate(
    repository: Annotated[str, typer.Argument(help="fernet or credential")] = "fernet",
    cloud: Cloud = None,
    as_json: Json = False,
) -> None:
    """Makes the staged key the primary one and stages a new one; `holdfast apply` then spreads them.

    Example: holdfast keys rotate fernet && holdfast apply
    """
    from holdfast.front.shapes import Keys
    from holdfast.vault import rotate, secret_names

    with answering(as_json) as answer:
        project = answer.open(cloud)
        numbers = tuple(rotate(project.state, repository, secret_names(project.catalogue)))
        words = f"{repository}: keys {', '.join(map(str, numbers))}; spread them: holdfast apply"
        answer.give(lambda: print(words), Keys(repository, numbers))
