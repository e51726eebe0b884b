"""What the hosts' own logs tell of a run, read by the telltales that components declare: pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from holdfast.hosts.logs import STAMP, Logs, stamp
from holdfast.model.catalogue import Site
from holdfast.model.diary import Happening, Telltale

PROCESSES = (
    Telltale(
        r"systemd\[1\]: (?P<unit>\S+)\.service: Main process exited, code=\w+, status=(?P<how>\S+)",
        "{unit} ended ({how})",
    ),
    Telltale(r"systemd\[1\]: Started (?P<unit>\S+)\.service", "{unit} started"),
    Telltale(r"systemd\[1\]: Stopped (?P<unit>\S+)\.service", "{unit} was stopped"),
)
"""What the hosts' own service manager says of any unit."""


@dataclass(frozen=True)
class _Reading:
    """A telltale ready to be looked for; `component` is "" where a unit of the line says whose it is."""

    component: str
    pattern: re.Pattern[str]
    text: str


def happenings(
    site: Site, logs: Mapping[str, Logs], offsets: Mapping[str, float], zero: float
) -> tuple[Happening, ...]:
    """All that the hosts' logs tell, in the order of time.

    `offsets` are seconds by which a host's clock is ahead of this machine's, `zero` is the run's start in
    seconds of the epoch, by this machine's clock.
    """
    found = (
        each
        for host, told in logs.items()
        for each in _of_host(site, host, told, zero + offsets.get(host, 0.0))
    )
    return tuple(sorted(set(found), key=lambda each: (each.seconds, each.host, each.text)))


def _of_host(site: Site, host: str, logs: Logs, zero: float) -> Iterator[Happening]:
    readings = tuple(_readings(site, host))
    owners = {unit: here.component.name for here in site.by_host[host] for unit in here.component.units}
    names = {a: h.name for h in site.cloud.hosts for a in (h.address, *(card.address for card in h.cards))}
    for when, said in _lines(logs):
        for reading in readings:
            found = reading.pattern.match(said)
            if found is None:
                continue
            words = {key: names.get(word or "", word or "") for key, word in found.groupdict().items()}
            owner = reading.component or owners.get(f"{words['unit']}.service", "")
            subject, frontend = words.get("subject", ""), words.get("frontend", "")
            text = reading.text.format(**words)
            yield Happening(round(when - zero, 3), host, owner, text, subject, frontend)
            break


def _readings(site: Site, host: str) -> Iterator[_Reading]:
    for here in site.by_host[host]:
        for telltale in here.component.diary.telltales:
            yield _Reading(here.component.name, re.compile(telltale.pattern), telltale.text)
    for telltale in PROCESSES:
        yield _Reading("", re.compile(telltale.pattern), telltale.text)


def _lines(logs: Logs) -> Iterator[tuple[float, str]]:
    """The time of each line that has one, with what it says: the journal's begin with the host's name."""
    for line in logs.journal.splitlines():
        if (when := stamp(line)) is not None:
            yield when, line.partition(" ")[2].partition(" ")[2]
    for line in (line for text in logs.files.values() for line in text.splitlines()):
        if (when := stamp(line)) is not None:
            yield when, STAMP.sub("", line, count=1).lstrip()
