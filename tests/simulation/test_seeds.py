"""Seeded random trouble under the real planner and walk: hosts die, replies are lost, two operators work.

Whatever happens, no cluster is begun twice, and a calm run afterwards ends as an undisturbed one does. A seed
that fails is run alone by its number.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import deployment as simulated
import pytest
from deployment import Deployment

from holdfast.converge import patience
from holdfast.hosts.fake import SimulatedHost
from holdfast.hosts.lock import Held
from holdfast.hosts.transport import Result, Unreachable
from holdfast.model.errors import HoldfastError
from holdfast.plan.compile import compile_plan

SEEDS = range(16)
ROUNDS = 3
LOST = 0.02
"""The share of commands that never come to their host, and of replies that never come back."""
LEASE = 60.0
"""More than any lock lasts, in seconds."""


@dataclass
class Trouble:
    """What goes wrong, by the dice; `calm` ends it."""

    dice: Random
    calm: bool = False
    now: float = 0.0
    struck: int = 0
    begun: list[str] = field(default_factory=list)

    def strikes(self) -> bool:
        struck = not self.calm and self.dice.random() < LOST
        self.struck += struck
        return struck


class Unruly(SimulatedHost):
    """A host that may be slow, miss a command, or do it and lose the reply."""

    trouble: Trouble

    async def run(self, argv: tuple[str, ...], *, stdin: bytes = b"", timeout: float = 60) -> Result:
        await asyncio.sleep(0 if self.trouble.calm else self.trouble.dice.choice((0, 0, 0, 0.002)))
        self._lose("the command was lost")
        result = await super().run(argv, stdin=stdin, timeout=timeout)
        self._lose("the reply was lost")
        return result

    def _lose(self, why: str) -> None:
        if self.trouble.strikes():
            raise Unreachable(self.host, why, "try again")


class Troubled(Deployment):
    """A deployment in trouble, which notes on which host the cluster was begun, each time."""

    def under(self, trouble: Trouble) -> Troubled:
        self.trouble = trouble
        for host in self.hosts.values():
            host.__class__, host.trouble = Unruly, trouble  # type: ignore[attr-defined]
            host.clock = lambda: trouble.now
        return self

    def effect(self, host: SimulatedHost, action: dict[str, Any]) -> str:
        if action["kind"] == "Run" and not action["mark"] and action["argv"][0] != "rm":
            stands = [name for name, each in self.hosts.items() if self.unit in each.units]
            self.trouble.begun.append(f"on {host.host} while it stood on {stands}" if stands else host.host)
        return super().effect(host, action)


async def operator(world: Troubled, name: str) -> None:
    """One run; what it is told of its trouble is its own business."""
    with suppress(HoldfastError):
        await world.apply(name)


async def disturbed(folder: Path, seed: int) -> Troubled:
    """Rounds of trouble, in each of which two operators work at the same time."""
    folder.mkdir()
    dice = Random(seed)
    world = Troubled(folder).under(Trouble(dice))
    for number in range(ROUNDS):
        for host in world.hosts.values():
            host.revive()
            host.die_after = len(host.performed) + dice.randint(1, 30) if dice.random() < 0.3 else 0
        await asyncio.gather(*(operator(world, f"{who}-{number}") for who in ("ann", "bob")))
        world.trouble.now += LEASE
    world.trouble.calm = True
    for host in world.hosts.values():
        host.revive()
    return world


async def calmed(world: Troubled) -> list[object]:
    """How it ends once nothing goes wrong any more; a second run is for what the first found half done."""
    for name in ("calm", "calmer"):
        if (await world.apply(name)).ok:
            break
    plan = compile_plan(world.site, await world.look())
    assert plan.empty, [(step.id, step.why) for step in plan.steps]
    return world.end()


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits long for a host that is dead for good in that run."""
    monkeypatch.setattr(patience, "BEREFT", 0.2)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> list[object]:
    async def whole() -> list[object]:
        world = Troubled(tmp_path_factory.mktemp("whole")).under(Trouble(Random(0), calm=True))
        return await calmed(world)

    return asyncio.run(whole())


@pytest.mark.parametrize("seed", SEEDS)
async def test_in_trouble_nothing_begins_twice_and_calm_ends_it(
    tmp_path: Path, undisturbed: list[object], seed: int
) -> None:
    world = await disturbed(tmp_path / "world", seed)
    assert world.trouble.struck, "trouble"
    assert await calmed(world) == undisturbed
    assert len(world.trouble.begun) == 1, world.trouble.begun


async def test_without_the_lock_it_is_seen_to_begin_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The planted violation: two operators whom nothing keeps apart."""

    @asynccontextmanager
    async def unlocked(*_: object, **__: object) -> AsyncIterator[Held]:
        yield Held("", 0, (), {})

    monkeypatch.setattr(simulated, "held", unlocked)
    world = Troubled(tmp_path).under(Trouble(Random(1), calm=True))
    await asyncio.gather(*(operator(world, who) for who in ("ann", "bob")))
    assert len(world.trouble.begun) > 1
