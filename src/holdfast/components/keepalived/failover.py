"""How the address gets over the loss of its holder: its timers, and what each mechanism costs."""

from __future__ import annotations

from collections.abc import Callable

from holdfast.model.cloud import Promise
from holdfast.model.failover import Effect, Hop, Mechanism, Phase, Strike
from holdfast.model.timer import Timer, Value

TIMERS = (
    Timer("address.advert", 1.0, 0.04, "three missed advertisements and a skew declare the holder dead"),
    Timer("address.script_interval", 1.0, 0.2, "how often the balancer is asked on its own host"),
    Timer("address.script_timeout", 1.0, 0.3, "a frozen balancer accepts and stays silent: silence is a no"),
    Timer("address.script_fall", 1, 2, "two silences in a row give the address away", unit=""),
    Timer("address.patience", 1.0, 1.0, "for so long two hosts may have the address before one lets it go"),
    Timer("address.announce", 5.0, 1.0, "the holder tells all neighbours again that the address is with it"),
)


def _silent(t: Value) -> float:
    """Until the script has seen enough silences in a row."""
    return t("address.script_fall") * (t("address.script_interval") + t("address.script_timeout"))


def _holder_lost(strike: Strike, hop: Hop) -> bool:
    return "address" in hop.kinds and strike.whole_host and "address" in strike.landmarks


def _daemon(*effects: Effect) -> Callable[[Strike, Hop], bool]:
    return lambda strike, hop: (
        "address" in hop.kinds & strike.kinds and not strike.helper and strike.effect in effects
    )


def _balancer(*effects: Effect) -> Callable[[Strike, Hop], bool]:
    return lambda strike, hop: (
        "address" in hop.kinds
        and "balancer" in strike.kinds
        and not strike.helper
        and strike.effect in effects
    )


def _moves(strike: Strike, hop: Hop) -> bool:
    balancer = _balancer(Effect.GONE, Effect.SILENT)
    return _holder_gone(strike, hop) or balancer(strike, hop) or _daemon(Effect.SILENT)(strike, hop)


def _holder_gone(strike: Strike, hop: Hop) -> bool:
    return _holder_lost(strike, hop) or _daemon(Effect.GONE)(strike, hop)


MECHANISMS = (
    Mechanism(
        Phase.DETECT,
        "the others miss three advertisements",
        ("address.advert",),
        _holder_gone,
        lambda t: 3.2 * t("address.advert"),
        lambda t: 3.5 * t("address.advert"),
    ),
    Mechanism(
        Phase.DETECT,
        "the balancer stays silent twice",
        ("address.script_interval", "address.script_timeout", "address.script_fall"),
        _balancer(Effect.SILENT),
        lambda t: _silent(t) - t("address.script_interval") / 2,
        _silent,
    ),
    Mechanism(
        Phase.DETECT,
        "systemd starts it again, or two checks fail",
        ("address.script_interval", "address.script_fall"),
        _balancer(Effect.GONE),
        lambda t: 0.4,
        lambda t: (1 + t("address.script_fall")) * t("address.script_interval") + 0.5,
    ),
    Mechanism(
        Phase.DECIDE,
        "two hosts have the address until the frozen one lets it go and the neighbours are told",
        ("address.advert", "address.patience", "address.announce"),
        _daemon(Effect.SILENT),
        # Either of them answers whoever knows it.
        lambda t: 0.0,
        lambda t: 3.5 * t("address.advert") + t("address.patience") + t("address.announce"),
    ),
    Mechanism(
        Phase.MOVE,
        "the new holder announces the address",
        (),
        _moves,
        lambda t: 0.02,
        lambda t: 0.1,
    ),
)

PROMISES = (
    Promise("power-address", "address", 0.3),
    Promise("link-host", "address", 0.3),
    Promise("kill-keepalived", "address", 0.3),
    Promise("freeze-keepalived", "address", 3.0),
)
