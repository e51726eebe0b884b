"""The demo: image, three machines, the cloud, its end-to-end proof, and a power loss under load."""

from __future__ import annotations

import sys
import time
from importlib import resources
from pathlib import Path

from holdfast.drill.result import findings_of
from holdfast.front import drills, labs, service
from holdfast.front.access import access_words, keep_access
from holdfast.front.answer import Answer
from holdfast.front.applying import Wish, agree, apply
from holdfast.front.events import Note, Say
from holdfast.front.progress import progress
from holdfast.front.project import Project, remembered_cloud
from holdfast.front.render import print_findings, tally
from holdfast.front.tables import print_drill
from holdfast.front.work import carry_out
from holdfast.model.errors import Exit
from holdfast.model.finding import Finding, Verdict, worst

FAULT = "power-address"


def run_demo(answer: Answer, *, keep: bool, verbose: bool = False) -> Exit:
    """Everything from nothing; 0 when the cloud stands and every promise was kept."""
    project = answer.open(_cloud_file())
    began = time.monotonic()
    with progress("demo", project.state, quiet=answer.as_json, verbose=verbose) as telling:
        wanting = _deploy(project, telling.say)
        if not wanting:
            report = carry_out(drills.drill(project, (FAULT,), 1, telling.say))
    if wanting:
        answer.give(lambda: _print_wanting(wanting), findings=wanting)
        return Exit.WANTING
    if keep:
        _remember(project)
        keep_access(project)
    else:
        project.lab.down(wipe=True)

    def show() -> None:
        print_drill(report)
        if keep:
            print(f"\nthe cloud runs; this took {time.monotonic() - began:.0f} s")
            print(access_words(project), end="")
            print("          holdfast status; holdfast drill --list; make clean ends it all")

    findings = findings_of(report.results)
    answer.give(show, report, findings)
    return service.verdict_exit(findings)


def _print_wanting(wanting: tuple[Finding, ...]) -> None:
    print_findings(wanting)
    print(f"the cloud is not as it should be: {tally(wanting)}", file=sys.stderr)


def _deploy(project: Project, say: Say) -> tuple[Finding, ...]:
    """Machines, then the cloud, then the end-to-end question; what is wanting, nothing when all is well."""
    say(Note("building the image and booting the machines"))
    labs.up(project, say)

    async def work() -> tuple[Finding, ...]:
        async with service.connected(project) as transports:
            say(Note("deploying"))
            done = await apply(project, transports, Wish("demo"), say, agree)
        if done.failed:
            return done.findings
        say(Note("verifying end to end"))
        return (*done.findings, *await service.verify(project))

    findings = carry_out(work())
    return () if worst(findings) is Verdict.PASS else findings


def _cloud_file() -> Path:
    """The example of a source checkout; where Holdfast was installed as a package, a copy of the starter."""
    example = Path(str(resources.files("holdfast"))).parent.parent / "examples/three-controllers.yaml"
    if example.exists():
        return example
    from holdfast.front.starter import starter

    own = remembered_cloud().with_name("demo.yaml")
    own.parent.mkdir(parents=True, exist_ok=True)
    own.write_text(starter(3))
    return own


def _remember(project: Project) -> None:
    remembered_cloud().parent.mkdir(parents=True, exist_ok=True)
    remembered_cloud().write_text(f"{project.path.resolve()}\n")
