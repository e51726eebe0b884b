"""Claims to a lock: a clock that tests set, records as hosts keep them, and stories of several runs."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

VERBS = st.sampled_from(["acquire", "renew", "release", "force", "reboot", "wait"])
Story = list[tuple[str, str, float]]
stories = st.lists(st.tuples(VERBS, st.sampled_from(["r1", "r2", "r3"]), st.floats(0, 20)), max_size=30)


@dataclass
class Clock:
    now: float = 100.0

    def __call__(self) -> float:
        return self.now


def record(clock: Clock, **fields: object) -> dict[str, object]:
    known = {"holder": "ghost", "run_id": "r0", "why": "it died", "machine": "elsewhere", "pid": 1}
    terms = {"boot": "1", "since": clock.now, "expires": clock.now + 15, "epoch": 1, "released": False}
    return {**known, **terms, **fields}
