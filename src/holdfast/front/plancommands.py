"""`holdfast plan` and `holdfast apply`: words to their use cases, and what these return to text or JSON."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from holdfast.front.answer import Answer, answering
from holdfast.front.options import Cloud, Hosts, Json, Verbose, WrongWords, Yes, named_hosts
from holdfast.front.work import carry_out
from holdfast.model.errors import Exit

if TYPE_CHECKING:
    from holdfast.front.applying import Applied, Wish
    from holdfast.front.planning import Made
    from holdfast.front.project import Project


def plan(
    cloud: Cloud = None,
    as_json: Json = False,
    hosts: Hosts = None,
    out: Annotated[
        Path | None, typer.Option(help="Write the plan here, for `apply FILE`.", metavar="FILE")
    ] = None,
) -> None:
    """What `apply` would do on each host, and why.

    In order, with the reason of each step and the diff of each file.
    Example: holdfast plan --out tonight.plan
    """
    from holdfast.front.render import print_findings, print_plan
    from holdfast.front.shapes import planned
    from holdfast.front.summary import summarise
    from holdfast.model.planfile import write_plan

    with answering(as_json) as answer:
        # A plan that is kept is made with secrets and certificates that are kept.
        project = answer.open(cloud, keep=out is not None)
        made, diffs = carry_out(_plan(project, named_hosts(hosts)))
        if out is not None:
            write_plan(out, project.cloud.name, made.plan, made.hosts)
        short = summarise(project.site, made.plan)

        def show() -> None:
            print_plan(made.plan, diffs, short)
            print_findings(made.findings)
            if out is not None:
                print(f"written to {out}; to have just this done: holdfast apply {out}")

        answer.give(show, planned(made, short, diffs, str(out) if out else None), made.findings)
        raise typer.Exit(Exit.WANTING if made.findings else Exit.HEALTHY)


async def _plan(project: Project, hosts: tuple[str, ...]) -> tuple[Made, dict[tuple[str, str], str]]:
    from holdfast.front.planning import diffs_of, make_plan
    from holdfast.front.service import connected

    async with connected(project) as transports:
        made = await make_plan(project, transports, hosts)
        return made, await diffs_of(made.plan, transports)


def apply(
    file: Annotated[
        Path | None,
        typer.Argument(help="A plan that `plan --out` wrote: just that is done, or refused.", metavar="FILE"),
    ] = None,
    cloud: Cloud = None,
    as_json: Json = False,
    hosts: Hosts = None,
    yes: Yes = False,
    verbose: Verbose = False,
    why: Annotated[str, typer.Option(help="The reason, shown to others who wait for the lock.")] = "apply",
) -> None:
    """Makes the hosts what the cloud file says.

    Resumes what was interrupted; touches nothing that is right. Shows the plan in short and asks.

    Example: holdfast apply --cloud cloud.yaml --why "first deployment"
    """
    with answering(as_json) as answer:
        project = answer.open(cloud)
        done = _apply(project, answer, _wish(project, file, hosts, why), yes=yes, verbose=verbose)
        _conclude(answer, done)


def _wish(project: Project, file: Path | None, hosts: list[str] | None, why: str) -> Wish:
    from holdfast.front.applying import Wish
    from holdfast.model.planfile import read_plan

    if file is None:
        return Wish(why, named_hosts(hosts))
    if hosts:
        raise WrongWords("--hosts", "a plan's file knows its hosts: leave them out")
    written = read_plan(file, project.cloud.name)
    return Wish(why, written.hosts, written)


def _apply(project: Project, answer: Answer, wish: Wish, *, yes: bool, verbose: bool) -> Applied:
    from holdfast.front.access import keep_access
    from holdfast.front.applying import apply as carry
    from holdfast.front.asking import asker
    from holdfast.front.progress import progress
    from holdfast.front.service import connected

    with progress("apply", project.state, quiet=answer.as_json, verbose=verbose) as telling:
        ask = asker(telling, answer, yes=yes)

        async def work() -> Applied:
            async with connected(project) as transports:
                return await carry(project, transports, wish, telling.say, ask)

        done = carry_out(work())
        keep_access(project)
    return done


def _conclude(answer: Answer, done: Applied) -> None:
    from holdfast.front.render import print_findings, tally
    from holdfast.front.shapes import walked

    def show() -> None:
        plan = done.made.plan
        if plan.steps:
            print(f"{len(plan.steps)} steps")
        elif plan.waiting:
            print(f"nothing can be done now: {len(plan.waiting)} steps wait")
        else:
            print("nothing to do: every host is as the file says")
        print_findings(done.findings)
        print(tally(done.findings))

    answer.conclude(done.findings, show, walked(done))
