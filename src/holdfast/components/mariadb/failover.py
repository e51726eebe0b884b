"""How the database gets over the loss of a member: its timers, and what each mechanism costs."""

from __future__ import annotations

from holdfast.model.cloud import Promise
from holdfast.model.failover import Effect, Hop, Mechanism, Phase, Strike
from holdfast.model.timer import Timer, Value

TIMERS = (
    Timer("evs.keepalive_period", 1.0, 0.1, "members that send nothing else say that they live"),
    Timer("evs.inactive_check_period", 0.5, 0.1, "how often silence is looked for"),
    Timer(
        "evs.suspect_timeout",
        5.0,
        0.5,
        "a silent member is suspected: writes stop until it is agreed to be gone",
    ),
    Timer("evs.inactive_timeout", 15.0, 3.0, "a silent member is dropped even if others still hear it"),
    Timer("evs.join_retrans_period", 1.0, 0.1, "membership messages are sent again while members agree"),
    Timer(
        "database.check_timeout", 1.0, 0.3, "a frozen server counts as dead after this long without an answer"
    ),
    Timer("database.room_interval", 1.0, 0.5, "how often a member looks whether its disk has room"),
)

_EVICT = ("evs.suspect_timeout", "evs.inactive_check_period", "evs.keepalive_period")
_AGREE = "evs.join_retrans_period"


def _a_member_lost(strike: Strike, hop: Hop) -> bool:
    """Whichever it is: a commit needs every member, so writes wait until it is agreed to be gone."""
    return (
        "database" in hop.kinds and hop.lost_in(strike) and strike.effect not in (Effect.WRONG, Effect.FULL)
    )


def _a_disk_full(strike: Strike, hop: Hop) -> bool:
    """Whichever member's it is: what it cannot write holds up all others, until it leaves."""
    return "database" in hop.kinds and hop.lost_in(strike) and strike.effect is Effect.FULL


def _evict_typical(t: Value) -> float:
    return t("evs.suspect_timeout") + t("evs.inactive_check_period") / 2


def _evict_worst(t: Value) -> float:
    return t("evs.suspect_timeout") + t("evs.inactive_check_period") + t("evs.keepalive_period")


TIMER_ORDER = (
    ("evs.inactive_timeout", "evs.suspect_timeout", "evs.keepalive_period"),
    ("evs.suspect_timeout", "evs.inactive_check_period"),
    ("evs.inactive_timeout", "evs.join_retrans_period"),
    # The balancer waits for the check's reason longer than the check waits for the server.
    ("balancer.check_timeout", "database.check_timeout"),
)

_LOST = (
    Mechanism(
        Phase.DETECT,
        "the members suspect the silent one",
        _EVICT,
        _a_member_lost,
        _evict_typical,
        _evict_worst,
    ),
    Mechanism(
        Phase.DECIDE,
        "the rest agree on a new primary component",
        (_AGREE,),
        _a_member_lost,
        lambda t: t(_AGREE) / 2,
        lambda t: t(_AGREE),
    ),
)

_ROOM = "database.room_interval"
_FULL = (
    Mechanism(
        Phase.DETECT,
        "the member sees that its disk has no room",
        (_ROOM,),
        _a_disk_full,
        lambda t: t(_ROOM) / 2,
        lambda t: t(_ROOM),
    ),
    Mechanism(
        Phase.DECIDE,
        "it leaves in order, and the rest go on",
        (_AGREE,),
        _a_disk_full,
        lambda t: t(_AGREE),
        lambda t: t(_AGREE) + 0.3,
    ),
)

MECHANISMS = (*_LOST, *_FULL)
PROMISES = (
    Promise("power-writer", "database", 1.5),
    Promise("power-address", "database", 1.6),
    Promise("kill-mariadb", "database", 1.0),
    Promise("freeze-mariadb", "database", 1.5),
    Promise("fill-mariadb", "database", 1.5),
)
