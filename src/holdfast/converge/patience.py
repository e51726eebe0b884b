"""How long a step goes on asking before or after its actions, and what is told meanwhile."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field

from holdfast.converge.ending import Happened
from holdfast.converge.walk import Walk
from holdfast.model.plan import Step

# How long questions go on being asked once a host of the run is lost, in seconds.
BEREFT = 20.0
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 0.5


@dataclass
class Patience:
    """One step's wait for a yes; `bereft` is when it learned that a host of the run is lost."""

    walk: Walk
    step: Step
    began: float = field(default_factory=time.monotonic)
    pause: float = FIRST_PAUSE
    said: str = ""
    bereft: float | None = None

    def ended(self, deadline: float) -> bool:
        """Whether no time is left for another question, `deadline` seconds being given.

        Members that wait for one whose host is lost would wait their whole deadlines in vain.
        """
        until = self.began + deadline
        if self.walk.gone and self.bereft is None:
            self.bereft = time.monotonic()
        if self.bereft is not None:
            until = min(until, self.bereft + BEREFT)
        return time.monotonic() + self.pause > until

    def given(self, deadline: float) -> str:
        """The time there was, in words."""
        if self.bereft is None:
            return f"{deadline:g} s"
        return f"{BEREFT:g} s after a host was lost (without {', '.join(sorted(self.walk.gone))})"

    async def wait(self, text: str) -> None:
        """Tells what is waited for, where that is new, and lets some time pass."""
        if text != self.said:
            self.walk.tell(Happened.WAITING, self.step.id, self.step.host, text)
            self.said = text
        await asyncio.sleep(self.pause)
        self.pause = min(2 * self.pause, LONGEST_PAUSE)
