"""How the balancer finds a backend dead, frozen or refusing, and what that costs its clients."""

from __future__ import annotations

from collections.abc import Callable

from holdfast.model.cloud import Promise
from holdfast.model.failover import Effect, Hop, Mechanism, Phase, Strike, Way
from holdfast.model.timer import Timer, Value

TIMERS = (
    Timer(
        "balancer.inter",
        2.0,
        0.3,
        "how often the writer is asked: no call of a client's tells that it fell silent",
    ),
    Timer(
        "balancer.rest",
        2.0,
        2.0,
        "how often an API is asked that answers its calls; the first that fails has it asked at once",
    ),
    Timer("balancer.fastinter", 2.0, 0.1, "asked again this soon once an answer was wrong"),
    Timer(
        "balancer.check_timeout",
        2.0,
        0.4,
        "a backend that accepts and never answers (SIGSTOP) counts as down",
    ),
    Timer(
        "balancer.fall",
        3,
        2,
        "wrong answers in a row before a backend leaves: one may be a hiccup",
        unit="",
    ),
    Timer("balancer.rise", 2, 2, "right answers in a row before it is back", unit=""),
    Timer(
        "balancer.connect",
        5.0,
        0.3,
        "a connection to a host without power is given up, and the next one tried",
    ),
    Timer(
        "balancer.lost",
        60.0,
        0.5,
        "a host whose kernel acknowledges nothing for so long has lost its power: its calls go elsewhere",
    ),
)


def _dead(t: Value) -> float:
    return (
        t("balancer.inter")
        + t("balancer.fall") * t("balancer.check_timeout")
        + (t("balancer.fall") - 1) * t("balancer.fastinter")
    )


def _dead_typical(t: Value) -> float:
    return _dead(t) - t("balancer.inter") / 2


_CHECK = ("balancer.inter", "balancer.fastinter", "balancer.check_timeout", "balancer.fall")
_LOST = ("balancer.lost", "balancer.connect")


def _backend(way: Way, *effects: Effect) -> Callable[[Strike, Hop], bool]:
    """A process behind the balancer is struck, which clients come to in that way."""
    return lambda strike, hop: (
        hop.way is way and strike.component == hop.component and strike.effect in effects
    )


def _backend_host(way: Way) -> Callable[[Strike, Hop], bool]:
    """A host with a backend is lost."""
    return lambda strike, hop: hop.way is way and strike.whole_host and hop.lost_in(strike)


def _address_leaves(strike: Strike, hop: Hop) -> bool:
    """The address leaves a balancer, or it ends: the clients' own connections break, one by one."""
    struck = {"address", "balancer"} & strike.kinds and not strike.helper
    return "balancer" in hop.kinds and bool(struck)


def _clients_cut(strike: Strike, hop: Hop) -> bool:
    """The client's own connection breaks with the host of its balancer, or with the one writer behind it."""
    if "address" in strike.landmarks:
        return "balancer" in hop.kinds and strike.whole_host
    return hop.way is Way.WRITER and _taken_out(strike, hop)


def _taken_out(strike: Strike, hop: Hop) -> bool:
    """Whether the backend's sessions end: with it, or as its check falls silent."""
    return hop.lost_in(strike) or (strike.component == hop.component and strike.effect is Effect.SILENT)


MECHANISMS = (
    Mechanism(
        Phase.DETECT,
        "the balancer's checks of the writer fail",
        _CHECK,
        lambda strike, hop: (
            _backend_host(Way.WRITER)(strike, hop) or _backend(Way.WRITER, Effect.SILENT)(strike, hop)
        ),
        _dead_typical,
        _dead,
    ),
    Mechanism(
        Phase.DETECT,
        "the first call that fails has the backend checked at once",
        ("balancer.fastinter", "balancer.fall"),
        _backend(Way.ANY, Effect.GONE, Effect.WRONG),
        lambda t: 0.02,
        lambda t: t("balancer.fall") * (t("balancer.fastinter") + 0.1),
    ),
    Mechanism(
        Phase.RECONNECT,
        "the call is sent to the next backend",
        ("balancer.connect",),
        _backend(Way.ANY, Effect.GONE, Effect.WRONG),
        lambda t: 0.05,
        lambda t: 0.3,
    ),
    # The other backends go on answering, and a frozen one answers no handshake: nothing was sent to it yet.
    Mechanism(
        Phase.RECONNECT,
        "a handshake is given up, and the call goes to the next backend",
        ("balancer.connect",),
        _backend(Way.ANY, Effect.SILENT),
        lambda t: 0.05,
        lambda t: t("balancer.connect") + 0.2,
    ),
    Mechanism(
        Phase.RECONNECT,
        "calls go to the other backends before this one stops",
        (),
        _backend(Way.ANY, Effect.LEAVING),
        lambda t: 0.0,
        lambda t: 0.2,
    ),
    Mechanism(
        Phase.RECONNECT,
        "the backend on the lost host is given up",
        _LOST,
        _backend_host(Way.ANY),
        # A call under way waits for the one, a new one for the other.
        lambda t: t("balancer.connect"),
        lambda t: max(map(t, _LOST)) + 0.1,
    ),
    Mechanism(
        Phase.RECONNECT,
        "each kept connection fails once, at its next call",
        (),
        _address_leaves,
        lambda t: 0.05,
        lambda t: 0.5,
    ),
    Mechanism(
        Phase.RECONNECT,
        "clients connect again",
        (),
        _clients_cut,
        lambda t: 0.05,
        lambda t: 0.2,
    ),
)

PROMISES = (Promise("kill-haproxy", "address", 1.5), Promise("freeze-haproxy", "address", 1.5))
