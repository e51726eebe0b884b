"""What the hosts' logs tell, in few lines of words, each at its time: pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from holdfast.drill.evidence import Evidence
from holdfast.model.diary import Happening

TOGETHER = 0.5
"""Seconds within which hosts that say the same mean the same."""
LONGEST = 50
"""Characters: half of a narrow picture's width."""


@dataclass(frozen=True)
class Line:
    """`seconds` from the fault; `who` says it, in words, what they say, and whose logs it is in."""

    seconds: float
    who: str
    texts: tuple[str, ...]
    components: tuple[str, ...]

    @property
    def words(self) -> str:
        """As it stands in the picture."""
        told = f"{self.who}: {self.texts[0]}"
        for n, text in enumerate(self.texts[1:], 1):
            if len(told) + len(text) + 2 > LONGEST:
                return f"{told} + {len(self.texts) - n} more"
            told += f", {text}"
        return told


def storyline(evidence: Evidence, since: float, until: float, near: float) -> tuple[Line, ...]:
    """What was said between `since` and `until`, seconds from the fault, in the order of time.

    What the same hosts say within `near` seconds is one line.
    """
    lines: list[Line] = []
    for line in agreed(evidence):
        last = lines[-1] if lines else None
        if not since <= line.seconds <= until:
            continue
        if last and last.who == line.who and line.seconds - last.seconds <= near:
            components = tuple(dict.fromkeys(last.components + line.components))
            lines[-1] = Line(last.seconds, last.who, last.texts + line.texts, components)
        else:
            lines.append(line)
    return tuple(lines)


def agreed(evidence: Evidence) -> tuple[Line, ...]:
    """A line for each thing said: what several hosts say at nearly the same time is said once."""
    found: list[tuple[float, list[str], str, str]] = []
    latest: dict[str, int] = {}
    for each, text in _told(evidence):
        seconds, place = each.seconds - evidence.injected, latest.get(each.text)
        if place is not None and seconds - found[place][0] <= TOGETHER:
            found[place][1].append(each.host)
        else:
            latest[each.text] = len(found)
            found.append((seconds, [each.host], text, each.component))
    everybody = {host.name for host in evidence.site.cloud.hosts}
    return tuple(
        Line(seconds, _who(set(hosts), everybody), (text,), (component,))
        for seconds, hosts, text, component in found
    )


def _told(evidence: Evidence) -> Iterator[tuple[Happening, str]]:
    """Each happening with its words; the first that takes a landmark's host out of rotation names it."""
    gone = _moved_from(evidence)
    for each in evidence.happenings:
        landmark = gone.pop((each.subject, each.frontend), "") if each.seconds > evidence.injected else ""
        yield each, f"{each.text} ({landmark})" if landmark else each.text


def _moved_from(evidence: Evidence) -> dict[tuple[str, str], str]:
    """By the host and the frontend of its component: each landmark that was elsewhere in the end."""
    moved = {w.landmark: w.before[0] for w in evidence.whereabouts if w.before and w.after != w.before}
    return {
        (moved[mark.name], frontend.name): mark.name
        for component in evidence.site.catalogue
        for mark in component.landmarks
        if mark.name in moved
        for frontend in component.frontends
    }


def _who(hosts: set[str], everybody: set[str]) -> str:
    if hosts == everybody and len(everybody) > 1:
        return "all hosts"
    return ", ".join(sorted(hosts)) if len(hosts) < 4 else f"{len(hosts)} hosts"
