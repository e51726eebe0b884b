"""The journal: what was acknowledged is there, a torn end is not, damage is told."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from disk import full_disk
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.journal import (
    FaultHealed,
    FaultInjected,
    GuardRefused,
    Journal,
    JournalDamaged,
    JournalUnwritable,
    RunBegun,
    RunEnded,
    StepBegun,
    StepDone,
    StepFailed,
)

RECORDS = (
    RunBegun("r1", 3),
    StepBegun("r1", "a", "h", "because"),
    StepDone("r1", "a", "h", 0.5),
    StepBegun("r1", "b", "h"),
    StepFailed("r1", "b", "h", "no"),
    StepBegun("r1", "c", "h"),
    GuardRefused("r1", "d", "h", "q", {"g": "says no"}),
    RunEnded("r1", 1, 1, 1, interrupted=True, waiting=2),
    FaultInjected("f1", "power@h", "h", {"port": 5, "unit": "u"}),
    FaultInjected("f2", "kill@h", "h"),
    FaultHealed("f1"),
)


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "state/journal.jsonl", clock=lambda: 7.0)


def test_what_is_written_is_read(journal: Journal) -> None:
    assert list(journal.read()) == []
    assert journal.last_run() is None
    for record in RECORDS:
        journal.append(record)
    assert tuple(entry.record for entry in journal.read()) == RECORDS
    assert {entry.at for entry in journal.read()} == {7.0}
    assert journal.path.stat().st_mode & 0o777 == 0o600


def test_open_faults_are_those_never_healed(journal: Journal) -> None:
    for record in RECORDS:
        journal.append(record)
    assert [fault.fault_id for fault in journal.open_faults()] == ["f2"]
    journal.append(FaultHealed("f2"))
    assert journal.open_faults() == ()


def test_the_last_run_tells_what_was_left(journal: Journal) -> None:
    for record in RECORDS:
        journal.append(record)
    story = journal.last_run()
    assert story is not None
    assert (story.done, dict(story.failed), story.unfinished) == (("a",), {"b": "no"}, ("c",))
    assert story.ended is not None
    assert story.ended.interrupted
    journal.append(RunBegun("r2", 0))
    second = journal.last_run()
    assert second is not None
    assert (second.begun.run_id, second.done, second.ended) == ("r2", (), None)


def test_a_gate_that_failed_after_its_step_counts_as_failed(journal: Journal) -> None:
    for record in (
        RunBegun("r", 1),
        StepBegun("r", "a", "h"),
        StepDone("r", "a", "h", 1),
        StepFailed("r", "a", "h", "gate"),
    ):
        journal.append(record)
    story = journal.last_run()
    assert story is not None
    assert (story.done, dict(story.failed)) == ((), {"a": "gate"})


def test_an_end_of_the_version_before_had_nobody_waiting(journal: Journal) -> None:
    journal.append(RunBegun("r", 1))
    with journal.path.open("a") as file:
        file.write('{"at": 1, "kind": "RunEnded", "run_id": "r", "done": 1, "failed": 0, "not_started": 0}\n')
    story = journal.last_run()
    assert story is not None
    assert story.ended == RunEnded("r", 1, 0, 0)


@settings(deadline=None)
@given(cut=st.integers(0, 2000))
def test_a_torn_end_is_left_out_and_written_over(cut: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    journal = Journal(tmp_path_factory.getbasetemp() / "torn.jsonl", clock=lambda: 1.0)
    journal.path.unlink(missing_ok=True)
    for record in RECORDS:
        journal.append(record)
    whole = journal.path.read_bytes()[:cut]
    journal.path.write_bytes(whole)
    left = whole.count(b"\n")
    assert tuple(entry.record for entry in journal.read()) == RECORDS[:left]
    journal.append(FaultHealed("f9"))
    assert tuple(entry.record for entry in journal.read()) == (*RECORDS[:left], FaultHealed("f9"))


@pytest.mark.parametrize(
    "noise", ["noise", "[]", '{"kind": "Unheard", "at": 1}', '{"kind": "RunBegun", "at": 1}']
)
def test_damage_in_the_middle_is_told_with_its_line(journal: Journal, noise: str) -> None:
    journal.append(RECORDS[0])
    with journal.path.open("a") as file:
        file.write(noise + "\n")
    journal.append(RECORDS[1])
    with pytest.raises(JournalDamaged, match="line 2"):
        list(journal.read())


def test_a_full_disk_is_told_and_what_was_written_stays(journal: Journal) -> None:
    with full_disk(journal.path.parent, room=100):
        journal.append(RunBegun("r1", 3))
        with pytest.raises(
            JournalUnwritable, match=r"No space left.*; make room there.*it resumes"
        ) as caught:
            journal.append(StepBegun("r1", "a", "h", "because"))
    assert str(journal.path) in str(caught.value)
    assert journal.path.stat().st_size == 100, "a part of it was taken"
    assert [e.record for e in journal.read()] == [RunBegun("r1", 3)]


def test_room_is_proven_before_anything_is_done(journal: Journal) -> None:
    with full_disk(journal.path.parent, room=1000), pytest.raises(JournalUnwritable):
        journal.prove()
    assert journal.path.read_bytes() == b""


def test_a_proof_leaves_the_journal_as_it_was(journal: Journal) -> None:
    journal.append(RunBegun("r1", 3))
    before = journal.path.read_bytes()
    journal.path.write_bytes(before + b'{"torn')
    journal.prove()
    assert journal.path.read_bytes() == before


@pytest.mark.parametrize("kind", [os.mkdir, os.mkfifo, lambda path: path.symlink_to("/dev/full")])
def test_what_is_no_file_is_no_journal(journal: Journal, kind: Callable[[Path], None]) -> None:
    journal.path.parent.mkdir()
    kind(journal.path)
    for write in (journal.prove, lambda: journal.append(RunBegun("r1", 3))):
        with pytest.raises(JournalUnwritable):
            write()
    with pytest.raises(JournalDamaged, match="not a regular file"):
        journal.open_faults()


def test_a_line_nested_without_end_is_damage(journal: Journal) -> None:
    journal.path.parent.mkdir()
    journal.path.write_text("[" * 100_000 + "\n")
    with pytest.raises(JournalDamaged):
        list(journal.read())
