"""An import points to a lower level, siblings never import one another (docs/architecture.md, "Layout")."""

from __future__ import annotations

import subprocess
import sys

from source import Source, sources

LEVELS = {
    "model": 0,
    "releases": 0,
    "openstack": 1,
    "hosts": 1,
    "journal": 1,
    "wire": 1,
    "vault": 1,
    "artefact": 1,
    "components": 2,
    "plan": 3,
    "probes": 3,
    "faults": 3,
    "checks": 4,
    "converge": 4,
    "recovery": 4,
    "lab": 4,
    "drill": 5,
    "design": 5,
    "front": 6,
}
ONE_PART = {"strongbox": "vault", "certificates": "vault", "unlock": "vault"}
"""Parts of several files that are no folder: what is kept beside the cloud file."""

HEAVY = (
    "asyncssh",
    "pydantic",
    "cryptography",
    "plotly",
    "httpx",
    "pymysql",
    "pika",
    "rich.progress",
    "ruamel",
)


def part_of(name: str) -> str:
    return ONE_PART.get(name, name)


def upward(source: Source) -> list[str]:
    """Each import that does not point to a lower level."""
    own = part_of(source.part)
    found = []
    for line, full in source.imports():
        words = full.split(".")
        if words[0] == "holdfast" and (other := part_of(words[1])) != own and LEVELS[other] >= LEVELS[own]:
            found.append(f"{source.name}:{line} (level {LEVELS[own]}) imports {full} (level {LEVELS[other]})")
    return found


def test_every_part_has_a_level() -> None:
    assert {part_of(s.part) for s in sources() if s.name != "__init__.py"} <= LEVELS.keys()


def test_imports_point_down() -> None:
    assert [fault for source in sources() if source.name != "__init__.py" for fault in upward(source)] == []


def test_a_planted_violation_is_seen() -> None:
    class Planted(Source):
        name = "plan/planted.py"
        part = "plan"
        text = "def f():\n    from holdfast.checks.budget import predict\n    import holdfast.front.cli\n"

    assert len(upward(Planted(sources()[0].path))) == 2


def test_the_command_line_starts_light() -> None:
    """Each command imports what it needs when it runs; `--help` must not pay for all of them."""
    code = "import sys, holdfast.front.cli; print(*sys.modules, sep='\\n')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert sorted(set(done.stdout.split()) & set(HEAVY)) == []
