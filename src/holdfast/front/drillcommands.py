"""`holdfast drill`: words to the drill's use cases, and what they return to text or JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from holdfast.front.answer import Answer, answering
from holdfast.front.options import Cloud, Json, Verbose, Yes
from holdfast.front.work import carry_out

if TYPE_CHECKING:
    from holdfast.front.project import Project


def drill(
    names: Annotated[
        list[str] | None, typer.Argument(help="Faults, with or without @host.", metavar="[NAME]...")
    ] = None,
    cloud: Cloud = None,
    as_json: Json = False,
    yes: Yes = False,
    verbose: Verbose = False,
    listing: Annotated[bool, typer.Option("--list", help="Show the faults there are.")] = False,
    repeats: Annotated[int, typer.Option(min=1, max=100, help="How often each fault strikes.")] = 1,
    heal: Annotated[bool, typer.Option("--heal", help="Only heal what an interrupted drill left.")] = False,
) -> None:
    """Injects faults under load, and measures what they cost.

    Shows promised, predicted and measured side by side. The cloud loses what the fault takes, for about half
    a minute each time. Asks before it cuts any power.

    Example: holdfast drill power-address kill-PROCESS --repeats 5
    """
    with answering(as_json) as answer:
        # Healing needs no secret of the operator's, and must go on where the disk is full.
        project = answer.open(cloud, keep=not heal, own=not heal)
        if listing:
            _list_faults(answer, project)
        elif heal:
            _heal(answer, project, verbose)
        else:
            _strike(answer, project, names or (), repeats, yes=yes, verbose=verbose)


def _strike(
    answer: Answer, project: Project, names: Sequence[str], repeats: int, *, yes: bool, verbose: bool
) -> None:
    from holdfast.drill.result import findings_of
    from holdfast.front import drills
    from holdfast.front.asking import confirm
    from holdfast.front.progress import progress
    from holdfast.front.tables import print_drill

    if grave := drills.grave(project, names):
        times = "once" if repeats == 1 else f"{repeats} times"
        confirm(
            answer, f"cuts the power of machines of {project.cloud.name}: {', '.join(grave)}, {times}", yes
        )
    with progress("drill", project.state, quiet=answer.as_json, verbose=verbose) as telling:
        report = carry_out(drills.drill(project, names, repeats, telling.say))
    answer.conclude(findings_of(report.results), lambda: print_drill(report), report)


def _heal(answer: Answer, project: Project, verbose: bool) -> None:
    from holdfast.front import drills
    from holdfast.front.progress import progress
    from holdfast.front.shapes import Healed
    from holdfast.front.tables import print_healed

    with progress("drill", project.state, quiet=answer.as_json, verbose=verbose) as telling:
        healed = carry_out(drills.heal(project, telling.say))
    answer.give(lambda: print_healed(healed), Healed(healed))


def _list_faults(answer: Answer, project: Project) -> None:
    from holdfast.front.drills import known_faults
    from holdfast.front.shapes import Drillable
    from holdfast.front.tables import print_faults

    faults = known_faults(project)
    answer.give(lambda: print_faults(faults), Drillable(faults))
