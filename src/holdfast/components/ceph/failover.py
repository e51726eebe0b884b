"""How the block store gets over the loss of a daemon or a host: its timers, and what each mechanism costs."""

from __future__ import annotations

from holdfast.model.cloud import Promise
from holdfast.model.failover import Effect, Hop, Mechanism, Phase, Strike
from holdfast.model.timer import Timer, Value

LEASE, ELECTION = "ceph.mon_lease", "ceph.mon_election"
HEARTBEAT, GRACE = "ceph.osd_heartbeat", "ceph.osd_grace"

TIMERS = (
    Timer(LEASE, 5.0, 2.0, "monitors hold an election when the leader has not renewed its lease so long"),
    Timer(ELECTION, 5.0, 2.0, "a monitor that does not vote within this is left out"),
    Timer(HEARTBEAT, 6.0, 1.0, "daemons with data ask each other whether they live"),
    Timer(
        GRACE,
        20.0,
        4.0,
        "one that does not answer so long is reported down; four questions, so that a slow disk or a busy "
        "machine takes nobody's data out: each false alarm moves work twice",
    ),
)
DAEMON_TIMERS = {
    "mon_lease": LEASE,
    "mon_election_timeout": ELECTION,
    "osd_heartbeat_interval": HEARTBEAT,
    "osd_heartbeat_grace": GRACE,
}
"""Options by the timers that they are set from."""

TIMER_ORDER = ((GRACE, HEARTBEAT), (GRACE, LEASE))


def _host_lost(strike: Strike, hop: Hop) -> bool:
    """Nobody hears from its daemons any more. One that ends on a living host is known at once."""
    silent = strike.effect is Effect.SILENT or strike.whole_host
    return "block-store" in hop.kinds and hop.lost_in(strike) and silent


def _peered(t: Value) -> float:
    return t(GRACE) + t(HEARTBEAT)


MECHANISMS = (
    Mechanism(
        Phase.DETECT,
        "the others report the silent one down",
        (GRACE, HEARTBEAT),
        _host_lost,
        _peered,
        lambda t: t(GRACE) + 2 * t(HEARTBEAT),
    ),
    Mechanism(
        Phase.DECIDE,
        "monitors agree, by a new leader where it led, and copies take over its part",
        (LEASE, ELECTION),
        _host_lost,
        lambda t: 1.0,
        lambda t: t(LEASE) + t(ELECTION),
    ),
)

PROMISES = (Promise("power", "block-store", 12.0),)
