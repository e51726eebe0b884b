"""Does each process on each host answer its functional question?"""

from __future__ import annotations

from holdfast.model.component import Component, Process
from holdfast.model.finding import Finding, Verdict
from holdfast.model.observed import Answer
from holdfast.model.places import answers_of
from holdfast.probes import View

RULE = "processes"


def probe(view: View) -> tuple[Finding, ...]:
    """One finding for each process of each host, in the catalogue's order."""
    return tuple(
        _finding(view, component, host.name, process, answer)
        for component in view.site.catalogue
        for host in view.site.hosts_of(component)
        for process, answer in answers_of(view.site, view.observed, component, host)
    )


def _finding(view: View, component: Component, host: str, process: Process, answer: Answer | None) -> Finding:
    subject = f"{component.name} on {host}"
    if (
        process.health.name != component.name
        and len(component.processes(view.site, view.site.cloud.host(host))) > 1
    ):
        subject = f"{component.name} ({process.health.name}) on {host}"
    if view.observed.get(host) is None:
        remedy = f"bring {host} back, or look at its power and link"
        return Finding(Verdict.UNKNOWN, RULE, subject, "the host did not answer", remedy)
    if answer is None or answer.ok is None:
        why = answer.text if answer else "the question was not asked"
        return Finding(Verdict.UNKNOWN, RULE, subject, why, f"on {host}: systemctl status {process.unit}")
    if answer.ok:
        return Finding(Verdict.PASS, RULE, subject, answer.text)
    detail = f"{answer.text} (a yes means: {process.health.meaning})"
    return Finding(Verdict.FAIL, RULE, subject, detail, f"on {host}: journalctl -u {process.unit} -e")
