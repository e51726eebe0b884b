"""`holdfast check`, `status` and `verify`: they only look."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from holdfast.front.answer import Answer, answering
from holdfast.front.options import Cloud, Json, WrongWords
from holdfast.front.work import carry_out

if TYPE_CHECKING:
    from holdfast.front.overview import Choice
    from holdfast.front.project import Project
    from holdfast.front.service import Look

All = Annotated[bool, typer.Option("--all", help="Show what passes, too.")]


def check(
    cloud: Cloud = None,
    as_json: Json = False,
    explain: Annotated[
        str | None,
        typer.Option(help="Only the legs and timers of this fault, or family.", metavar="FAULT"),
    ] = None,
    passed: All = False,
) -> None:
    """What would break this design, and what each fault costs.

    By static rules and the timing budget, without asking a host. Shows what fails and what is unknown.

    Example: holdfast check --explain power-host
    """
    from holdfast.checks.budget import budgets
    from holdfast.front import service
    from holdfast.front.budgeting import print_budgets
    from holdfast.front.render import print_judgement
    from holdfast.front.shapes import Checked

    with answering(as_json) as answer:
        project = answer.open(cloud)
        if explain is not None:
            _explain(project, explain, answer)
            return
        found, findings = budgets(project.design), service.check(project)

        def show() -> None:
            print_budgets(found)
            print_judgement(findings, passed=passed)

        answer.conclude(findings, show, Checked(found))


def _explain(project: Project, fault: str, answer: Answer) -> None:
    from holdfast.checks.budget import budgets
    from holdfast.front.budgeting import explained, print_explained
    from holdfast.front.shapes import Checked

    found = explained(budgets(project.design), fault)
    answer.give(lambda: print_explained(found), Checked(found))


def status(
    cloud: Cloud = None,
    as_json: Json = False,
    passed: All = False,
    hosts: Annotated[
        list[str] | None,
        typer.Option("--host", metavar="NAME", help="Of this host alone; may be given again."),
    ] = None,
    services: Annotated[
        list[str] | None,
        typer.Option("--service", metavar="NAME", help="Of this service alone; may be given again."),
    ] = None,
    watch: Annotated[
        bool, typer.Option("--watch", help="Look again every two seconds until interrupted.")
    ] = False,
) -> None:
    """What works on which host, and what is wanting.

    By functional questions, the address from a client's side; each fault with its cure.

    Example: holdfast status --watch
    """
    from holdfast.front import service
    from holdfast.front.overview import choose
    from holdfast.front.watch import watch_status

    with answering(as_json) as answer:
        if watch and as_json:
            raise WrongWords("--watch", "one document tells one look: leave --json out")
        project = answer.open(cloud, keep=False, as_is=True, own=False)
        choice = choose(project.site, hosts or (), services or ())

        async def work() -> service.Look:
            async with service.connected(project) as transports:
                if watch:
                    await watch_status(project, transports, choice)
                return await service.look_at(project, transports)

        _conclude_status(answer, project, carry_out(work()), choice, passed)


def _conclude_status(answer: Answer, project: Project, look: Look, choice: Choice, passed: bool) -> None:
    from holdfast.front.matrix import print_status
    from holdfast.front.overview import overview
    from holdfast.front.service import Look
    from holdfast.front.shapes import State

    seen, findings = overview(project.site, look, choice), tuple(filter(choice.has, look.findings))
    answer.give(lambda: print_status(seen, findings, passed=passed), State(seen), findings)
    raise typer.Exit(Look(findings, {name: look.scene.get(name) for name in seen.hosts}).exit)


def verify(cloud: Cloud = None, as_json: Json = False) -> None:
    """Whether a user can log in, write and send.

    The end-to-end question: a token through every backend, a row, a confirmed message.
    Example: holdfast verify
    """
    from holdfast.front import service
    from holdfast.front.render import print_judgement

    with answering(as_json) as answer:
        findings = carry_out(service.verify(answer.open(cloud, keep=False, as_is=True)))
        answer.conclude(findings, lambda: print_judgement(findings))
