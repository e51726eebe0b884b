"""The real planner over the real catalogue, with a host that dies midway: the next run ends the same."""

from __future__ import annotations

from pathlib import Path

import pytest
from deployment import Deployment

from holdfast.converge import patience
from holdfast.plan.compile import compile_plan

# Deaths per host, spread over its whole life; each is a whole deployment.
DEATHS = 12


async def whole(folder: Path) -> Deployment:
    folder.mkdir()
    deployment = Deployment(folder)
    outcome = await deployment.apply("r0")
    assert outcome.ok, outcome.problems
    return deployment


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits long for a host that is dead for good in that run."""
    monkeypatch.setattr(patience, "BEREFT", 0.2)


async def test_undisturbed_it_is_complete_at_once(tmp_path: Path) -> None:
    deployment = await whole(tmp_path / "whole")
    again = compile_plan(deployment.site, await deployment.look())
    assert again.empty, [(s.id, s.why) for s in again.steps]


@pytest.mark.parametrize("name", ["c1", "c2", "c3"])
@pytest.mark.parametrize("when", ["before", "after"])
async def test_death_of_a_host_then_another_run(tmp_path: Path, name: str, when: str) -> None:
    undisturbed = await whole(tmp_path / "whole")
    life = len(undisturbed.hosts[name].performed)
    for number in sorted({1 + round(n * (life - 1) / (DEATHS - 1)) for n in range(DEATHS)}):
        folder = tmp_path / f"{number}"
        folder.mkdir()
        deployment = Deployment(folder)
        victim = deployment.hosts[name]
        setattr(victim, f"die_{when}", number)
        outcome = await deployment.apply("r1")
        assert not outcome.ok
        victim.revive()
        once_before = [dict(marks) for marks in deployment.marked()]
        second = await deployment.apply("r2")
        assert second.ok, (number, second.problems)
        assert deployment.end() == undisturbed.end(), number
        for before, after in zip(once_before, deployment.marked(), strict=True):
            assert before.items() <= after.items()
        assert compile_plan(deployment.site, await deployment.look()).empty
