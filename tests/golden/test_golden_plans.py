"""Cloud file to plan, as a text that people review: `pytest --update-golden` writes them anew."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from clouds import WORDS, site_of, sites
from world import World

from holdfast.front.starter import starter
from holdfast.model.cloudfile.reader import parse
from holdfast.model.plan import Plan

FOLDER = Path(__file__).parent


def directly(plan: Plan) -> dict[str, list[str]]:
    """What each step needs and no other need of it brings along; the hosts of one kind on one line."""
    reach: dict[str, frozenset[str]] = {}
    for step in plan.steps:
        reach[step.id] = step.needs.union(*(reach[need] for need in step.needs))
    kinds: dict[str, dict[str, list[str]]] = {}
    for step in plan.steps:
        implied = frozenset[str]().union(*(reach[need] for need in step.needs))
        mine = kinds.setdefault(step.id, {})
        for need in sorted(step.needs - implied):
            mine.setdefault(need.split("@")[0], []).append(need.split("@")[1])
    return {
        name: [f"{kind}@{','.join(hosts)}" for kind, hosts in mine.items()] for name, mine in kinds.items()
    }


def text_of(plan: Plan) -> str:
    """Every step in order: what, why, what it directly waits for, its actions, its gate."""
    after = directly(plan)
    lines: list[str] = []
    for number, step in enumerate(plan.steps, 1):
        lines += [f"{number}. {step.id}", f"   because {step.why}"]
        lines += [f"   after   {need}" for need in after[step.id]]
        lines += [f"   guard   {guard.question} on {','.join(guard.hosts)}" for guard in step.guards]
        lines += [f"   {action.subject}" for action in step.actions]
        if step.gate:
            gate = step.gate
            lines.append(f"   gate    {gate.question} on {gate.host} within {gate.deadline:g} s")
        lines.append("")
    return "\n".join(lines) or "nothing to do\n"


def _deployed(name: str) -> Plan:
    return World(sites()[name]).plan()


def _grown() -> Plan:
    one, three = (site_of(parse(starter(n, "grow"), WORDS)) for n in (1, 3))
    return World(three, dict(World(one).deployed().hosts)).plan()


def _retuned() -> Plan:
    return World(sites()["stock"], dict(World(sites()["three"]).deployed().hosts)).plan()


def _upgraded() -> Plan:
    site = sites()["three"]
    newer = replace(site, release=replace(site.release, digest="ba9876543210"))
    return World(newer, dict(World(site).deployed().hosts)).plan()


STORIES = {
    **{f"deploy-{name}": partial(_deployed, name) for name in ("one", "three", "five", "split", "networks")},
    "grow-from-one-to-three": _grown,
    "tuned-to-stock-timers": _retuned,
    "another-release": _upgraded,
    "nothing-to-do": lambda: World(sites()["three"]).deployed().plan(),
}


@pytest.mark.parametrize("story", STORIES)
def test_the_plan_is_as_reviewed(story: str, request: pytest.FixtureRequest) -> None:
    path = FOLDER / f"{story}.txt"
    text = text_of(STORIES[story]())
    if request.config.getoption("--update-golden"):
        path.write_text(text)
    assert path.exists(), "no golden text yet: pytest --update-golden"
    assert text == path.read_text(), "look at the difference; if it is meant: pytest --update-golden"


@pytest.mark.parametrize("story", STORIES)
def test_the_same_input_gives_the_same_plan(story: str) -> None:
    assert STORIES[story]() == STORIES[story]()


def test_no_text_holds_a_secret() -> None:
    assert [p.name for p in FOLDER.glob("*.txt") if "SECRET-" in p.read_text()] == []


def test_every_text_has_its_story() -> None:
    assert {p.stem for p in FOLDER.glob("*.txt")} == set(STORIES)
