"""Does each process on each host answer its functional question?"""

from __future__ import annotations

from holdfast.model.catalogue import Here
from holdfast.model.finding import Finding, Verdict
from holdfast.model.observed import Answer
from holdfast.model.process import Process
from holdfast.model.scene import answers_of
from holdfast.probes import View

RULE = "processes"


def probe(view: View) -> tuple[Finding, ...]:
    """One finding for each process of each host, in the catalogue's order."""
    return tuple(
        _finding(view, here, process, answer)
        for here in view.site.places
        for process, answer in answers_of(here, view.observed)
    )


def _finding(view: View, here: Here, process: Process, answer: Answer | None) -> Finding:
    host, subject = here.host.name, here.name
    if process.health.name != here.component.name and len(here.processes) > 1:
        subject = f"{here.placed.name} ({process.health.name}) on {host}"
    verdict, detail, remedy = _judge(view, host, process, answer)
    return Finding(verdict, RULE, subject, detail, remedy, host, here.placed.name)


def _judge(view: View, host: str, process: Process, answer: Answer | None) -> tuple[Verdict, str, str]:
    """The verdict, with its reason and what to do."""
    if view.observed.get(host) is None:
        return Verdict.UNKNOWN, "the host did not answer", f"bring {host} back, or look at its power and link"
    if answer is None or answer.ok is None:
        why = answer.text if answer else "the question was not asked"
        return Verdict.UNKNOWN, why, f"on {host}: systemctl status {process.unit}"
    if answer.ok:
        return Verdict.PASS, answer.text, ""
    detail = f"{answer.text} (a yes means: {process.health.meaning})"
    return Verdict.FAIL, detail, f"on {host}: journalctl -u {process.unit} -e"
