"""What the documents point at is there, and what they must speak of is in them."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from holdfast.components import catalogue
from holdfast.front.exits import Exit
from holdfast.front.service import REACH
from holdfast.probes import probes

ROOT = Path(__file__).parents[2]
ADRS = sorted((ROOT / "docs/adr").glob("*.md"))
MADE_LATER = {"docs/benchmarks.md"}
"""Written by `make bench`, on the machine whose figures it holds."""


def pages() -> list[Path]:
    return [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize("page", pages(), ids=lambda p: p.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text()):
        there = (page.parent / target).resolve()
        assert there.exists() or str(there.relative_to(ROOT)) in MADE_LATER, target


@pytest.mark.parametrize("page", pages(), ids=lambda p: p.name)
def test_the_project_speaks_of_itself_alone(page: Path) -> None:
    for found in re.findall(
        r"(?<![\w.])/(?:work|tmp|root|home)/\S*|\bpypi\.org\S*|\bdeb\.debian\.org\S*", page.read_text()
    ):
        pytest.fail(f"{page.name} names a place of one machine, or a registry: {found}")


def test_adrs_are_numbered_once_and_have_their_parts() -> None:
    numbers = [page.name[:4] for page in ADRS]
    assert len(set(numbers)) == len(numbers)
    for page in ADRS:
        text = page.read_text()
        assert re.match(rf"# {page.name[:4]}\. ", text), page.name
        for part in ("## What was to be decided", "## The decision", "## What follows"):
            assert part in text, f"{page.name}: {part}"


def test_adrs_that_are_named_are_there() -> None:
    there = {page.name[:4] for page in ADRS}
    named = {n for page in pages() for n in re.findall(r"ADR (\d{4})", page.read_text())}
    assert named <= there


def declared() -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return {re.split(r"[<>=\[]", line)[0].lower() for line in project["dependencies"]}


def test_every_dependency_has_its_line_and_no_other_has() -> None:
    text = (ROOT / "docs/dependencies.md").read_text()
    part = text.partition("## At run time")[2].partition("\n## ")[0]
    rows = {line.split("|")[1].strip().lower() for line in part.splitlines() if line.startswith("| ")}
    assert rows - {"package"} == declared()


def test_every_package_on_hosts_is_explained() -> None:
    text = (ROOT / "docs/dependencies.md").read_text()
    clients = {"mariadb-client"}
    missing = {p for c in catalogue() for p in c.packages if p not in text} - clients
    assert missing == set()


def test_the_guide_knows_every_unit_exit_code_and_port() -> None:
    from holdfast.checks.sample import design
    from holdfast.model.process import Where

    guide = (ROOT / "docs/operator-guide.md").read_text()
    spans = [range(int(a), int(b) + 1) for a, b in re.findall(r"\b(\d{4,5}) to (\d{4,5})\b", guide)]
    for here in design(1).site.places:
        for process in (p for p in here.processes if p.lasting):
            assert f"`{process.stem}`" in guide, process.unit
            for port in process.ports:
                named = str(port.number) in guide or any(port.number in span for span in spans)
                assert named or port.where is Where.LOOPBACK, port
    for code in Exit:
        assert f"| {code.value} |" in guide, code.name


def rules_named(page: str) -> set[str]:
    """The rules of findings that a page tells of."""
    return set(re.findall(r"`([a-z_]+)` FAIL", page))


def test_the_guide_tells_of_findings_that_there_are() -> None:
    named = rules_named((ROOT / "docs/operator-guide.md").read_text())
    assert named and named <= {REACH, *probes()}
    assert not rules_named("| `address_single` FAIL |") <= {REACH, *probes()}


def test_what_logs_in_is_told_as_it_is_written() -> None:
    """The guide names the files that an apply leaves, and says that they hold the password."""
    from holdfast.front.access import folder_files
    from holdfast.front.project import open_project

    project = open_project(ROOT / "examples/three-controllers.yaml")
    guide = (ROOT / "docs/operator-guide.md").read_text().partition("### Logging in")[2].partition("\n#")[0]
    assert all(f"`{file.name}`" in guide for file in folder_files(project))
    assert "Each `apply` writes" in guide and "administrator's password" in guide


def test_the_map_knows_every_part() -> None:
    text = (ROOT / "docs/map.md").read_text()
    package = ROOT / "src/holdfast"
    parts = [
        p for p in package.iterdir() if p.suffix == ".py" or (p.is_dir() and (p / "__init__.py").exists())
    ]
    missing = [p.name for p in parts if p.name not in ("__init__.py", "unlock.py") and p.name not in text]
    assert missing == []


def test_the_picture_is_what_its_program_draws() -> None:
    folder = ROOT / "docs/pictures"
    done = subprocess.run(["python3", str(folder / "lab.py")], capture_output=True, text=True, check=True)
    assert (folder / "lab.svg").read_text() == done.stdout, "draw it anew: see docs/pictures/lab.py"
