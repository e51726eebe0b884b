"""How coordination gets over the loss of a member: its timers, and what each mechanism costs."""

from __future__ import annotations

from holdfast.model.cloud import Promise
from holdfast.model.failover import Effect, Hop, Mechanism, Phase, Strike
from holdfast.model.timer import Timer, Value

HEARTBEAT, ELECTION = "etcd.heartbeat", "etcd.election"

TIMERS = (
    Timer(HEARTBEAT, 0.1, 0.05, "the leader says that it lives; under a round trip and a write it is noise"),
    Timer(
        ELECTION,
        1.0,
        0.5,
        "a follower that hears nothing stands for election within two of these; ten heartbeats, so that "
        "a slow disk or a busy machine unseats nobody (the server refuses less than five)",
    ),
)

TIMER_ORDER = ((ELECTION, HEARTBEAT),)


def _a_member_lost(strike: Strike, hop: Hop) -> bool:
    """Whichever it is: it may be the leader, and it may be the one that a client is connected to."""
    return "coordination" in hop.kinds and hop.lost_in(strike) and strike.effect is not Effect.WRONG


def _two(t: Value) -> float:
    return 2 * t(ELECTION)


MECHANISMS = (
    Mechanism(
        Phase.DETECT,
        "followers miss the leader's heartbeats",
        (ELECTION,),
        _a_member_lost,
        lambda t: 1.5 * t(ELECTION),
        _two,
    ),
    Mechanism(
        Phase.DECIDE,
        "a majority elects the next leader",
        (HEARTBEAT, ELECTION),
        _a_member_lost,
        lambda t: 2 * t(HEARTBEAT),
        lambda t: t(ELECTION),
    ),
)

PROMISES = (
    Promise("power", "coordination", 3.0),
    Promise("kill-etcd", "coordination", 2.0),
    Promise("freeze-etcd", "coordination", 2.0),
)
