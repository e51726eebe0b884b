"""The command line: translates words to use cases, and what they return to text or JSON."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from holdfast.front.exits import plain_errors
from holdfast.front.labcommands import lab_app
from holdfast.front.options import Cloud, Json, open_cloud
from holdfast.front.work import carry_out
from holdfast.model.errors import Exit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from holdfast.model.finding import Finding

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


def _conclude(findings: Sequence[Finding], as_json: bool, *, passed: bool = True, **more: Any) -> None:
    """Shows findings and ends with the exit code that they deserve."""
    from holdfast.front.render import findings_json, print_findings, print_json, tally
    from holdfast.model.finding import Verdict, worst

    if as_json:
        print_json({**more, "findings": findings_json(findings)})
    else:
        print_findings(findings, passed=passed)
        print(tally(findings))
    raise typer.Exit(Exit.HEALTHY if worst(findings) is Verdict.PASS else Exit.WANTING)


@app.command()
def new(
    hosts: Annotated[int, typer.Option(help="How many hosts: 1, 3 or 5.")] = 3,
    out: Annotated[Path | None, typer.Option(help="Write here instead of to standard output.")] = None,
    as_json: Json = False,
) -> None:
    """A commented starter cloud file. Example: holdfast new --hosts 3 --out cloud.yaml"""
    from holdfast.front.render import print_json
    from holdfast.front.starter import starter, write_new

    if hosts not in (1, 3, 5):
        raise typer.BadParameter("a quorum is odd: choose 1, 3 or 5 hosts", param_hint="--hosts")
    text = starter(hosts)  # type: ignore[arg-type]
    if out is None:
        print_json({"text": text}) if as_json else print(text, end="")
        return
    write_new(out, text)
    print_json({"file": str(out)}) if as_json else print(
        f"wrote {out}; look at it, then: holdfast check --cloud {out}"
    )


@app.command()
def check(cloud: Cloud = None, as_json: Json = False) -> None:
    """What would break this design: static rules and the timing budget. Asks no host.

    Example: holdfast check --cloud cloud.yaml
    """
    from holdfast.checks.budget import budgets
    from holdfast.front import service
    from holdfast.front.tables import budgets_json, print_budgets

    project = open_cloud(cloud)
    found = budgets(project.design)
    if not as_json:
        print_budgets(found)
    _conclude(service.check(project), as_json, budget=budgets_json(found))


@app.command()
def plan(cloud: Cloud = None, as_json: Json = False) -> None:
    """What `apply` would do on each host, in order, with the reason of each step and the diff of each file.

    Example: holdfast plan --cloud cloud.yaml
    """
    from holdfast.front import service
    from holdfast.front.render import plan_json, print_json, print_plan

    project = open_cloud(cloud, keep=False)

    async def work() -> Any:
        async with service.connected(project) as transports:
            made = await service.make_plan(project, transports)
            return made, await service.diffs_of(made, transports)

    made, diffs = carry_out(work())
    print_json(plan_json(made, diffs)) if as_json else print_plan(made, diffs)


@app.command()
def apply(
    cloud: Cloud = None,
    as_json: Json = False,
    why: Annotated[str, typer.Option(help="The reason, shown to others who wait for the lock.")] = "apply",
) -> None:
    """Makes the hosts what the cloud file says; resumes what was interrupted; touches nothing that is right.

    Example: holdfast apply --cloud cloud.yaml --why "first deployment"
    """
    from holdfast.front import service
    from holdfast.front.access import keep_access
    from holdfast.front.progress import progress
    from holdfast.front.render import applied_findings

    project = open_cloud(cloud)

    async def work(say: Any) -> service.Applied:
        async with service.connected(project) as transports:
            return await service.apply(project, transports, why, say)

    with progress("apply", project.state, quiet=as_json) as say:
        done = carry_out(work(say))
        keep_access(project)
    if not as_json:
        print(
            f"{len(done.plan.steps)} steps"
            if done.plan.steps
            else "nothing to do: every host is as the file says"
        )
    _conclude(applied_findings(done), as_json, passed=False, steps=[s.id for s in done.plan.steps])


@app.command()
def status(
    cloud: Cloud = None,
    as_json: Json = False,
    watch: Annotated[
        bool, typer.Option("--watch", help="Look again every two seconds until interrupted.")
    ] = False,
) -> None:
    """Each component on each host by a functional question, and the address from a client's side.

    Example: holdfast status --watch
    """
    from holdfast.front import service
    from holdfast.front.watch import watch_status

    project = open_cloud(cloud, keep=False, as_is=True, own=False)

    async def work() -> tuple[Finding, ...]:
        async with service.connected(project) as transports:
            if watch:
                await watch_status(project, transports)
            return await service.look_at(project, transports)

    _conclude(carry_out(work()), as_json)


@app.command()
def verify(cloud: Cloud = None, as_json: Json = False) -> None:
    """The end-to-end question: a token through every backend, a row, a confirmed message.

    Example: holdfast verify
    """
    from holdfast.front import service

    project = open_cloud(cloud, keep=False, as_is=True)
    _conclude(carry_out(service.verify(project)), as_json)


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
    from holdfast.front import drills
    from holdfast.front.progress import progress
    from holdfast.front.tables import print_drill, print_faults, print_healed

    # Healing needs no secret of the operator's, and must go on where the disk is full.
    project = open_cloud(cloud, keep=not heal, own=not heal)
    if listing:
        print_faults(drills.fault_names(project), as_json)
        return
    with progress("drill", project.state, quiet=as_json) as say:
        if heal:
            print_healed(carry_out(drills.heal(project, say)), as_json)
            return
        folder, results = carry_out(drills.drill(project, names or (), repeats, say))
    print_drill(folder, results, as_json)
    raise typer.Exit(Exit.HEALTHY if all(r.verdict == 0 for r in results) else Exit.WANTING)


@app.command()
def demo(
    keep: Annotated[bool, typer.Option(help="Leave the cloud running at the end.")] = True,
    as_json: Json = False,
) -> None:
    """From nothing to a proven identity service on three lab machines. Example: make demo"""
    from holdfast.front.demo import run_demo

    raise typer.Exit(run_demo(keep=keep, as_json=as_json))


@keys_app.command("rotate")
def keys_rotate(
    repository: Annotated[str, typer.Argument(help="fernet or credential")] = "fernet",
    cloud: Cloud = None,
    as_json: Json = False,
) -> None:
    """Makes the staged key the primary one and stages a new one; `holdfast apply` then spreads them.

    Example: holdfast keys rotate fernet && holdfast apply
    """
    from holdfast.front.render import print_json
    from holdfast.vault import rotate, secret_names

    project = open_cloud(cloud)
    numbers = rotate(project.state, repository, secret_names(project.catalogue))
    print_json(numbers) if as_json else print(
        f"{repository}: keys {', '.join(map(str, numbers))}; spread them: holdfast apply"
    )
