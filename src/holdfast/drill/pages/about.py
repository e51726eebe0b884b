"""Under what a drill was made, in words: when, by which version, on which machines, with which timers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from html import escape

from holdfast.drill.circumstances import Circumstances
from holdfast.drill.evidence import Journey
from holdfast.model.hardware import Hardware


def headline(cloud: str, circumstances: Circumstances) -> str:
    """Cloud, date and version in one line."""
    return (
        f"<p class=about>Cloud <b>{escape(cloud)}</b> · {moment(circumstances.time)} · "
        f"Holdfast {escape(circumstances.version)} · {escape(circumstances.switch.value)} timers</p>"
    )


def moment(time: datetime) -> str:
    """A point in time as people read it."""
    return f"{time:%Y-%m-%d %H:%M:%S %Z}"


def conditions(circumstances: Circumstances) -> Iterator[tuple[str, str]]:
    """Machines and timers, as facts."""
    yield "clients ran on", escape(words(circumstances.clients))
    for hardware in dict.fromkeys(circumstances.hosts.values()):
        alike = [host for host, its in circumstances.hosts.items() if its == hardware]
        yield ", ".join(map(escape, alike)), escape(words(hardware))
    timers = "; ".join(f"{t.name} = {t.value:g} {t.unit}".rstrip() for t in circumstances.timers)
    switch = circumstances.switch.value
    yield f"timers, {switch}", escape(timers) or "the prediction for this fault rests on none"


def words(hardware: Hardware) -> str:
    """A machine in words."""
    return f"{hardware.processor}, {hardware.cores} cores, {hardware.memory:g} GiB, {hardware.kernel}"


def moves(whereabouts: Iterable[Journey]) -> str:
    """Where each thing was before the fault and after healing; "" where nobody said."""
    return "; ".join(
        f"{escape(each.what)}: {_from_to(each)}" for each in whereabouts if each.before or each.after
    )


def _from_to(each: Journey) -> str:
    before, after = (escape(", ".join(hosts)) or "nobody said" for hosts in (each.before, each.after))
    return f"{before}, as before" if before == after else f"<b>{before} → {after}</b>"
