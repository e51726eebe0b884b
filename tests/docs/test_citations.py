"""What is cited is in this repository: pages by name, requirements by number, places in the code."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from holdfast.checks import all_rules

ROOT = Path(__file__).parents[2]
PAGE = re.compile(r"[A-Za-z0-9_./-]*[A-Za-z0-9_-]\.md\b")
NUMBER = re.compile(r"\bR\d{1,2}\b")
PLACE = re.compile(r"`([a-z_0-9]+(?:/[a-z_0-9]+)*(?:/|\.py))`")
SPEAKING_OF_THE_CODE = ("requirements.md", "architecture.md", "map.md")


@cache
def texts() -> dict[Path, str]:
    """Everything that cites: package, tests, tools and pages; this folder plants what is absent."""
    folders = ("src", "docs", "tests", "tools", "bench", "examples")
    found = [path for folder in folders for path in (ROOT / folder).rglob("*")]
    kinds = {".py", ".md", ".yaml", ".sh", ".txt"}
    files = [p for p in found if p.suffix in kinds and Path(__file__).parent not in p.parents]
    return {path: path.read_text() for path in (ROOT / "README.md", ROOT / "CHANGELOG.md", *files)}


@cache
def requirements() -> frozenset[str]:
    page = (ROOT / "docs/requirements.md").read_text()
    rows = re.findall(r"(?m)^\| (R\d+) \|", page)
    assert len(rows) == len(set(rows)), "a number has one row"
    return frozenset(rows)


def absent_pages(path: Path, text: str) -> list[str]:
    """The pages that a text names and nobody finds: beside it, in docs/, or from the root."""
    places = (path.parent, ROOT, ROOT / "docs", ROOT / "docs/adr")
    cited = {name for name in PAGE.findall(text) if "://" not in name and not name.startswith("/")}
    return sorted(name for name in cited if not any((place / name).exists() for place in places))


def unknown_numbers(text: str) -> set[str]:
    return set(NUMBER.findall(text)) - requirements()


@cache
def ends() -> frozenset[str]:
    """Every file and folder of package, tests and tools, by each end of its path, with a slash before it."""
    paths = [p for name in ("src", "tests", "tools") for p in (ROOT / name, *(ROOT / name).rglob("*"))]
    parts = [path.relative_to(ROOT).parts for path in paths if "__pycache__" not in path.parts]
    return frozenset("/" + "/".join(each[n:]) for each in parts for n in range(len(each)))


def absent_places(text: str) -> list[str]:
    """The files and folders of the code that a page names by the end of their paths, and nobody finds."""
    return [name for name in PLACE.findall(text) if f"/{name.rstrip('/')}" not in ends()]


def test_every_page_that_is_cited_is_here() -> None:
    wrong = {str(p.relative_to(ROOT)): absent for p, t in texts().items() if (absent := absent_pages(p, t))}
    assert wrong == {}


def test_every_requirement_that_is_cited_has_its_row() -> None:
    assert {str(p.relative_to(ROOT)): n for p, t in texts().items() if (n := unknown_numbers(t))} == {}
    assert {rule.requirement for rule in all_rules()} <= requirements()


def test_no_number_is_missing() -> None:
    """Groups begin at a ten; in each of them nothing is left out."""
    numbers = sorted(int(name[1:]) for name in requirements())
    groups = [[n for n in numbers if n // 10 == ten] for ten in range(7)]
    assert (numbers[0], numbers[-1]) == (1, 68)
    assert all(group == list(range(group[0], group[-1] + 1)) for group in groups)


@pytest.mark.parametrize("name", SPEAKING_OF_THE_CODE)
def test_the_places_that_pages_name_are_there(name: str) -> None:
    assert absent_places((ROOT / "docs" / name).read_text()) == []


def test_every_rule_stands_with_its_requirement() -> None:
    rows = (ROOT / "docs/requirements.md").read_text().splitlines()
    for rule in all_rules():
        (row,) = (line for line in rows if line.startswith(f"| {rule.requirement} |"))
        assert f"`checks/{rule.name.replace('-', '_')}.py`" in row, rule.name


def test_planted_citations_are_seen() -> None:
    page = ROOT / "docs/planted.md"
    assert absent_pages(page, "see lab-facts.md, map.md and docs/adr/0001-decide-purely-act-thinly.md") == [
        "lab-facts.md"
    ]
    assert unknown_numbers("R99, R19 and R15") == {"R99", "R19"}
    assert absent_places("`model/catalogue.py`, `model/nowhere.py`, `checks/`, `nowhere/`") == [
        "model/nowhere.py",
        "nowhere/",
    ]
