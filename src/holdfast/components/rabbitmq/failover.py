"""How the bus gets over the loss of a node: its timers, and what each mechanism costs."""

from __future__ import annotations

from holdfast.model.cloud import Promise
from holdfast.model.failover import Effect, Hop, Mechanism, Phase, Strike
from holdfast.model.timer import Timer

TIMERS = (
    Timer("bus.heartbeat", 60, 10, "a client and its node notice a dead peer within two of these"),
    Timer(
        "bus.net_ticktime",
        60,
        15,
        "nodes declare a silent peer down; under 10 s a busy node is split off",
    ),
    Timer("bus.detector_poll", 1.0, 0.4, "how often queues look whether their leader's node still answers"),
    Timer("bus.client_deadline", 1.0, 1.0, "the publisher gives up on a node that did not confirm", unit="s"),
)

# Queues have elected their leaders anew before nodes cut one another off.
TIMER_ORDER = (("bus.net_ticktime", "bus.detector_poll"),)


def _a_node_lost(strike: Strike, hop: Hop) -> bool:
    return "bus" in hop.kinds and hop.lost_in(strike) and strike.effect not in (Effect.WRONG, Effect.FULL)


MECHANISMS = (
    Mechanism(
        Phase.DETECT,
        "the publisher's deadline passes; queues miss their leader",
        ("bus.client_deadline", "bus.detector_poll"),
        _a_node_lost,
        lambda t: t("bus.client_deadline"),
        lambda t: t("bus.client_deadline") + t("bus.detector_poll"),
    ),
    Mechanism(
        Phase.DECIDE,
        "the remaining members elect a leader",
        ("bus.detector_poll",),
        _a_node_lost,
        lambda t: t("bus.detector_poll"),
        lambda t: 2 * t("bus.detector_poll"),
    ),
    Mechanism(
        Phase.RECONNECT,
        "the publisher connects to the next node of its list",
        (),
        _a_node_lost,
        lambda t: 0.1,
        lambda t: 0.3,
    ),
)

PROMISES = (
    Promise("power", "messaging", 3.0),
    Promise("kill-rabbitmq-server", "messaging", 3.0),
    Promise("freeze-rabbitmq-server", "messaging", 3.0),
)
