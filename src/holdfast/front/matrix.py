"""An overview for people: components by hosts, a line for each host that does not answer, what is wanting."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from holdfast.front.overview import Overview, follows
from holdfast.front.paper import Paper, harmless, paper
from holdfast.front.render import COLOUR, MARK, findings_lines, tally
from holdfast.front.service import REACH
from holdfast.model.finding import Finding, Verdict

NOT_THERE = "."
"""In the cell of a host that does not have the component."""


def print_status(seen: Overview, findings: Sequence[Finding], *, passed: bool) -> None:
    """All of it: `findings` are those of what was chosen, `passed` shows the good ones, too."""
    for line in status_lines(seen, findings, paper(), passed=passed):
        print(line)


def status_lines(
    seen: Overview, findings: Sequence[Finding], on: Paper, *, passed: bool = False
) -> Iterator[str]:
    """The lines of a status, none with a blank at its end."""
    yield from on.fold(_where(seen))
    if len(seen.silent) < len(seen.hosts):
        yield from _matrix(seen, on)
    yield ""
    yield from _silent([f for f in findings if f.rule == REACH], on)
    rest = [f for f in findings if f.rule != REACH]
    listed = rest if passed else [f for f in rest if not follows(f, seen)]
    yield from findings_lines(listed, on, passed=passed)
    hidden = len(rest) - len(listed)
    more = f"; {hidden} of them are of hosts that do not answer, and not listed" if hidden else ""
    yield from on.fold(f"{tally(findings)}{more}")


def _where(seen: Overview) -> str:
    places = (f"{each.summary}: {', '.join(each.hosts) or 'not known'}" for each in seen.whereabouts)
    return "; ".join((f"address {', '.join(seen.addresses)}", *places))


def _matrix(seen: Overview, on: Paper) -> Iterator[str]:
    """The table, in as many parts, one below another, as the width asks for."""
    first = max((len(row.component) for row in seen.rows), default=0)
    for hosts in _parts(seen.hosts, first, on):
        yield ""
        widths = [max(len(host), 4) for host in hosts]
        heads = (host.ljust(width) for host, width in zip(hosts, widths, strict=True))
        yield f"{'':{first}}  {'  '.join(heads)}".rstrip()
        for row in seen.rows:
            cells = (
                _cell(row.verdicts.get(host), width, on) for host, width in zip(hosts, widths, strict=True)
            )
            yield f"{row.component:{first}}  {'  '.join(cells)}".rstrip()


def _cell(verdict: Verdict | None, width: int, on: Paper) -> str:
    mark = NOT_THERE if verdict is None else MARK[verdict]
    shown = mark if verdict is None else on.paint(mark, COLOUR[verdict])
    return shown + " " * (width - len(mark))


def _parts(hosts: Sequence[str], first: int, on: Paper) -> Iterator[tuple[str, ...]]:
    """The hosts that fit beside one another; at least one a time."""
    part: list[str] = []
    taken = first
    for host in hosts:
        width = 2 + max(len(host), 4)
        if part and on.width is not None and taken + width >= on.width:
            yield tuple(part)
            part, taken = [], first
        part.append(host)
        taken += width
    if part:
        yield tuple(part)


def _silent(findings: Sequence[Finding], on: Paper) -> Iterator[str]:
    """One line for each host that does not answer, then each cure once."""
    if on.width is None:
        yield from findings_lines(findings, on, passed=False)
        return
    for finding in findings:
        mark = on.paint(f"{MARK[finding.verdict]:4}", COLOUR[finding.verdict])
        name = f"{finding.rule}  {finding.subject}  "
        yield f"{mark}  {name}{_cut(finding.detail, on.width - 7 - len(name))}".rstrip()
    for cure in dict.fromkeys(f.remedy for f in findings):
        yield from on.fold(f"-> {harmless(cure)}", "      ")


def _cut(text: str, width: int) -> str:
    line = harmless(" ".join(text.split()))
    return line if len(line) <= width else f"{line[: max(0, width - 4)].rstrip()} ..."
