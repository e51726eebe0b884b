"""A run that never was: clients at work, a fault at 6 s, a gap of known length in each lane."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime

from three_hosts import make_site

from holdfast.checks.budget import promises_of
from holdfast.drill.circumstances import Circumstances, timers_of
from holdfast.drill.evidence import Evidence, Journey
from holdfast.drill.workloads import Crew, deadlines, workloads
from holdfast.faults import Target
from holdfast.model.cloud import Timers
from holdfast.model.diary import Happening
from holdfast.model.finding import Finding, Verdict
from holdfast.model.hardware import Hardware
from holdfast.model.op import Op, Outcome
from holdfast.probes.sessions.access import access_to

SITE = make_site()
ACCESS = access_to(SITE)
CREWS = tuple(crew for each in workloads(ACCESS).values() for crew in each.crews(ACCESS))
INJECTED, HEALED, ENDED = 6.0, 16.0, 40.0
GAPS = {
    "address": 0.17,
    "identity.issue": 1.1,
    "identity.validate": 0.95,
    "database.write": 0.67,
    "messaging.publish": 1.3,
}
TOOK = {
    "address": 0.003,
    "identity.issue": 0.12,
    "identity.validate": 0.04,
    "database.write": 0.015,
    "messaging.publish": 0.01,
}
ACTORS = {
    "address": "address",
    "identity.issue": "issuer",
    "identity.validate": "validator",
    "database.write": "clerk",
    "messaging.publish": "publisher",
}
LOOKS = (
    Finding(Verdict.PASS, "landmarks", "the address's holder", "on c1 alone"),
    Finding(Verdict.PASS, "address_answers", "http://198.18.0.100:8404/alive", "200 in 3 ms"),
    Finding(Verdict.PASS, "membership", "mariadb", "all 3 see c1, c2, c3"),
    Finding(Verdict.PASS, "membership", "rabbitmq", "all 3 see c1, c2, c3"),
)
HAPPENINGS = tuple(
    Happening(INJECTED + after, host, component, text)
    for after, host, component, text in (
        (0.24, "c1", "keepalived", "takes the address"),
        (0.85, "c1", "haproxy", "takes c2 out of database"),
        (0.86, "c3", "haproxy", "takes c2 out of database"),
        (1.31, "c1", "mariadb", "member c2 left"),
        (12.0, "c2", "keystone", "keystone started"),
        (18.0, "c1", "mariadb", "member c2 is back, synced"),
    )
)
CIRCUMSTANCES = Circumstances(
    time=datetime(2026, 11, 21, 19, 38, 42, tzinfo=UTC),
    version="0.1.0",
    clients=Hardware("A 68000", 2, 23.5, "Linux 6.18"),
    hosts=dict.fromkeys(("c1", "c3"), Hardware("A 68020", 8, 64.0, "Linux 6.12")),
    switch=Timers.TUNED,
    timers=timers_of(SITE, "power-address"),
)


def history(seed: int = 1) -> tuple[Op, ...]:
    """Operations of all workloads; those under way at the fault stall, those begun in the gap fail."""
    dice = random.Random(seed)
    ops: list[Op] = []
    for crew in CREWS:
        for actor in range(crew.actors):
            ops += _work(crew, actor, dice)
    return tuple(sorted(ops, key=lambda op: op.end))


def _work(crew: Crew, actor: int, dice: random.Random) -> list[Op]:
    kind, period = crew.kind, crew.period
    ops, at, n = [], 1.0 + period * actor / crew.actors, 0
    over = INJECTED + GAPS[kind] - TOOK[kind]
    while at < ENDED:
        took, outcome = TOOK[kind] * dice.uniform(0.7, 1.8), Outcome.OK
        if at <= INJECTED < at + took:
            took, outcome = crew.deadline * 0.98, Outcome.UNKNOWN
        elif INJECTED < at < over:
            took, outcome = min(over - at, dice.uniform(0.05, 0.5)), Outcome.FAIL
        why = "" if outcome is Outcome.OK else " ConnectionRefusedError: [Errno 111] Connection refused"
        ops.append(Op(at, at + took, f"{ACTORS[kind]}-{actor}", kind, outcome, f"{n}{why}"))
        at, n = max(at + period, at + took), n + 1
    return ops


def evidence(fault: str = "power-address", host: str = "c2", unit: str = "", **changes: object) -> Evidence:
    """The run as judges get it, with nothing lost; `changes` plant a violation."""
    ops = history()
    kept = [op for op in ops if op.outcome is Outcome.OK]
    rows = frozenset((op.actor, int(op.value)) for op in kept if op.kind == "database.write")
    made = Evidence(
        site=SITE,
        target=Target(fault, (host,), unit),
        ops=ops,
        injected=INJECTED,
        healed=HEALED,
        ended=ENDED,
        deadlines=deadlines(ACCESS),
        promises=promises_of(SITE),
        workloads=workloads(ACCESS),
        kept={
            "ledger": dict.fromkeys(("c1", "c2", "c3"), rows),
            "messages": tuple(f"{op.actor}/{op.value}" for op in kept if op.kind == "messaging.publish"),
        },
        looks=LOOKS,
        redundancy=17.2,
        happenings=HAPPENINGS,
        whereabouts=(
            Journey("address", "the address's holder", ("c2",), ("c1",)),
            Journey("writer", "the database's writer", ("c3",), ("c3",)),
        ),
    )
    return replace(made, **changes)
