"""The tests' order: a seed brings it back, files stay whole, a story stays in its order."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from shuffle import shuffled


@dataclass(frozen=True)
class Told:
    path: Path
    number: int
    marks: frozenset[str] = frozenset()

    def get_closest_marker(self, name: str) -> object | None:
        return name if name in self.marks else None


STORY = [Told(Path("story"), n, frozenset({"story"})) for n in range(20)]
LONG, SHORT = ([Told(Path(name), n) for n in range(20)] for name in ("long", "short"))
ALL = [*LONG, *STORY, *SHORT]


def test_a_seed_brings_an_order_back() -> None:
    assert shuffled(ALL, "7") == shuffled(ALL, "7") != shuffled(ALL, "8")
    assert sorted(shuffled(ALL, "7"), key=ALL.index) == ALL


def test_files_stay_whole_and_their_tests_do_not_stay_in_order() -> None:
    found = shuffled(ALL, "7")
    files = [found[at : at + 20] for at in (0, 20, 40)]
    assert {frozenset(f) for f in files} == {frozenset(f) for f in (LONG, STORY, SHORT)}
    assert LONG not in files and SHORT not in files


def test_a_story_is_told_in_its_own_order() -> None:
    assert [item for item in shuffled(ALL, "7") if item.path == Path("story")] == STORY
