"""How a lost gateway is noticed by the others: the timers of the sessions that watch the tunnels."""

from __future__ import annotations

from holdfast.model.timer import Timer

BFD_INTERVAL, BFD_MISSED = "ovn.bfd_interval", "ovn.bfd_missed"

TIMERS = (
    Timer(BFD_INTERVAL, 1.0, 0.1, "hosts with tunnels to each other say that they live"),
    Timer(BFD_MISSED, 3, 3, "so many silences on end, and the next gateway takes over", unit=""),
)
