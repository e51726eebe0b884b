"""A plan on paper: what was shown is applied or refused, nothing secret is on it, and noise ends plainly."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import fields, replace
from pathlib import Path

import pytest

from holdfast.model import planfile
from holdfast.model.plan import (
    Change,
    Gate,
    Guard,
    Package,
    Plan,
    PutFile,
    Run,
    Step,
    Unit,
    Unpack,
    Waiting,
)
from holdfast.model.planfile import PlanFileError, differences, on_paper, read_plan, write_plan

SECRET = "never-on-paper"
CONF = PutFile("/etc/w.conf", "x = 1\n")
KEY = PutFile("/etc/w.key", SECRET, mode=0o600, secret=True)
ONCE = Run(("w", "migrate"), stdin=SECRET, env=(("P", SECRET),), mark="w.migrate", digest="v1")
CONFIGURE = Step("w/configure@a", "a", (Package(("w",)), CONF, KEY, ONCE), "2 files differ")
RESTART = Step(
    "w/restart@a",
    "a",
    (Unit("w.service", Change.RESTART, "d"),),
    "older configuration",
    frozenset({"w/configure@a", "z"}),
    Gate("a", "w"),
    (Guard("w", ("a", "b"), "all are well", "w"),),
)
PLAN = Plan((CONFIGURE, RESTART), (Waiting("w/restart@c", "c", "it cannot be reached"),))


@pytest.fixture
def paper(tmp_path: Path) -> Path:
    path = tmp_path / "plan.json"
    write_plan(path, "home", PLAN)
    return path


def test_what_is_read_is_what_was_written(paper: Path) -> None:
    written = read_plan(paper, "home")
    assert written == on_paper("home", PLAN)
    assert written.digest == PLAN.digest
    assert [(step.id, step.host, step.why) for step in written.steps] == [
        ("w/configure@a", "a", "2 files differ"),
        ("w/restart@a", "a", "older configuration"),
    ]
    assert written.waiting == PLAN.waiting
    assert differences(written, PLAN) == ()


def test_nothing_secret_is_on_it_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        write_plan(tmp_path / "plan.json", "home", PLAN)
    finally:
        os.umask(before)
    assert (tmp_path / "plan.json").stat().st_mode & 0o777 == 0o600
    assert SECRET not in (tmp_path / "plan.json").read_text()
    assert "write /etc/w.key" in (tmp_path / "plan.json").read_text()


def test_a_secret_that_changed_changes_the_digest_all_the_same() -> None:
    for changed in (
        replace(CONFIGURE, actions=(Package(("w",)), CONF, replace(KEY, content="another"), ONCE)),
        replace(CONFIGURE, actions=(Package(("w",)), CONF, KEY, replace(ONCE, stdin="another"))),
        replace(CONFIGURE, actions=(Package(("w",)), CONF, KEY, replace(ONCE, env=(("P", "another"),)))),
    ):
        assert replace(PLAN, steps=(changed, RESTART)).digest != PLAN.digest


OTHERS = {
    bool: lambda value: not value,
    Change: lambda _value: Change.STOP,
    str: lambda value: f"{value}x",
    int: lambda value: value + 1,
    float: lambda value: value + 1,
    frozenset: lambda value: value | {"x"},
    tuple: lambda value: (*value, Package(("x",))),
    Gate: lambda value: replace(value, question="x"),
}
"""Another value of each type that a field has."""


def other(value: object) -> object:
    return OTHERS[type(value)](value)


@pytest.mark.parametrize("step", [CONFIGURE, RESTART], ids=lambda s: s.id)
def test_every_field_of_a_step_is_in_the_digest_and_named_where_it_differs(step: Step) -> None:
    for field in fields(step):
        value = getattr(step, field.name)
        changed = replace(step, **{field.name: Gate("x", "x") if value is None else other(value)})
        fresh = Plan(tuple(changed if s is step else s for s in PLAN.steps))
        assert fresh.digest != PLAN.digest, field.name
        (words, *_) = differences(on_paper("home", PLAN), fresh)
        assert re.search(r"is gone$|is changed: .*\w", words), words


@pytest.mark.parametrize("action", [CONF, KEY, ONCE, Package(("w",)), Unit("w", Change.START, "d")])
def test_every_field_of_an_action_is_in_the_digest(action: PutFile) -> None:
    for field in fields(action):
        changed = replace(action, **{field.name: other(getattr(action, field.name))})
        assert (
            Plan((replace(CONFIGURE, actions=(changed,)),)).digest
            != Plan((replace(CONFIGURE, actions=(action,)),)).digest
        ), field.name


def test_where_an_archive_lies_here_is_no_part_of_what_is_done() -> None:
    def plan(archive: str, path: str) -> Plan:
        return Plan((replace(CONFIGURE, actions=(Unpack(archive, path),)),))

    assert plan("/my/cache/r.tar", "/opt/r1").digest == plan("/your/cache/r.tar", "/opt/r1").digest
    assert plan("/my/cache/r.tar", "/opt/r1").digest != plan("/my/cache/r.tar", "/opt/r2").digest


def test_the_digest_is_the_same_in_every_process() -> None:
    program = (
        "import sys; sys.path.insert(0, sys.argv[1]); import test_planfile; print(test_planfile.PLAN.digest)"
    )
    folder = str(Path(__file__).parent)
    told = {
        subprocess.run(
            [sys.executable, "-c", program, folder],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed in ("1", "2", "3")
    }
    assert told == {PLAN.digest}


@pytest.mark.parametrize(
    ("fresh", "words"),
    [
        ((), ("w/configure@a is gone", "w/restart@a is gone")),
        ((CONFIGURE,), ("w/restart@a is gone",)),
        ((CONFIGURE, RESTART, replace(RESTART, id="new@b")), ("new@b is new",)),
        ((RESTART, CONFIGURE), ("the same steps come in another order",)),
        (
            (replace(CONFIGURE, actions=(replace(CONF, content="x = 2\n"), KEY, ONCE)), RESTART),
            (
                "w/configure@a is changed: no more: install w; "
                "other: write /etc/w.conf, the order of its actions",
            ),
        ),
        (
            (CONFIGURE, replace(RESTART, actions=(Unit("w.service", Change.RESTART, "e"),))),
            ("w/restart@a is changed: other: restart w.service",),
        ),
        (
            (CONFIGURE, replace(RESTART, guards=(), why="another")),
            ("w/restart@a is changed: other: its why, its guards",),
        ),
    ],
)
def test_differences_are_named(fresh: tuple[Step, ...], words: tuple[str, ...]) -> None:
    assert differences(on_paper("home", PLAN), Plan(fresh)) == words


def test_a_changed_step_is_told_though_nothing_of_it_was_kept() -> None:
    """Planted: a summary that somebody emptied."""
    paper = on_paper("home", PLAN)
    blind = replace(paper, steps=tuple(replace(step, parts={}) for step in paper.steps))
    assert differences(blind, Plan((CONFIGURE, replace(RESTART, why="another"))))


def test_a_file_that_is_there_is_never_written_over(paper: Path, tmp_path: Path) -> None:
    before = paper.read_bytes()
    with pytest.raises(PlanFileError, match="File exists; choose another name"):
        write_plan(paper, "home", Plan(()))
    assert paper.read_bytes() == before
    with pytest.raises(PlanFileError, match="No such file or directory; choose another name"):
        write_plan(tmp_path / "none/plan.json", "home", PLAN)


def test_a_full_disk_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(planfile.os, "fsync", full)
    with pytest.raises(PlanFileError, match="No space left on device; no plan was written"):
        write_plan(tmp_path / "plan.json", "home", PLAN)
    assert list(tmp_path.iterdir()) == []


ANEW = "make the plan anew"


NOISE = '{"format": 1, "cloud": "%s", "digest": %s, "steps": [%s], "waiting": [], "hosts": []}'


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", f"not JSON, or only a part of it; {ANEW}"),
        ("name: home\n", f"not JSON, or only a part of it; {ANEW}"),
        ("[" * 100_000, f"not JSON, or only a part of it; {ANEW}"),
        ("\xff", f"not JSON, or only a part of it; {ANEW}"),
        ("[]", f"not a plan that holdfast wrote; {ANEW}"),
        ('{"steps": []}', f"not a plan that holdfast wrote; {ANEW}"),
        ('{"format": 2}', f"another version of holdfast wrote this plan; {ANEW}"),
        ('{"format": 1}', f"not a whole plan; {ANEW}"),
        (NOISE % ("home", '"d"', "7"), "not a whole plan"),
        (NOISE % ("home", "7", ""), "not a whole plan"),
        (NOISE % ("away", '""', ""), "the cloud away, and not"),
        (NOISE % ("home", '""', ""), "somebody changed this"),
    ],
)
def test_noise_is_one_plain_error(tmp_path: Path, text: str, why: str) -> None:
    path = tmp_path / "plan.json"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(PlanFileError) as caught:
        read_plan(path, "home")
    assert str(caught.value).startswith(f"{path}: ")
    assert why in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_plan_that_is_cut_anywhere_is_refused(paper: Path) -> None:
    whole = paper.read_bytes()
    for cut in range(0, len(whole) - 1, 97):
        paper.write_bytes(whole[:cut])
        with pytest.raises(PlanFileError):
            read_plan(paper, "home")


def test_a_plan_that_somebody_edited_is_refused(paper: Path) -> None:
    given = json.loads(paper.read_text())
    del given["steps"][1]
    paper.write_text(json.dumps(given))
    with pytest.raises(PlanFileError, match="somebody changed this plan after it was written"):
        read_plan(paper, "home")


def test_what_is_no_file_or_too_large_is_told(
    paper: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path, why in (
        (tmp_path, "this is not a file"),
        (tmp_path / "pipe", "this is not a file"),
        (Path("/dev/zero"), "this is not a file"),
        (tmp_path / "none", "No such file or directory"),
        (paper / "below", "Not a directory"),
    ):
        with pytest.raises(PlanFileError, match=why):
            read_plan(path, "home")
    monkeypatch.setattr(planfile, "LARGEST", 1 << 10)
    with pytest.raises(PlanFileError, match="larger than 0 MiB, and no plan"):
        read_plan(paper, "home")
