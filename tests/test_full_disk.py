"""A disk that fills while a plan is walked: the run stops as an interrupted one does, and says why."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from disk import full_disk

from holdfast.converge import Event, converge
from holdfast.hosts.fake import SimulatedHost
from holdfast.journal import Journal, JournalUnwritable, RunEnded
from holdfast.model.plan import Plan, PutFile, Step


async def test_a_run_whose_journal_is_full_begins_no_further_step(tmp_path: Path) -> None:
    journal, events = Journal(tmp_path / "journal.jsonl"), list[Event]()
    hosts: dict[str, Any] = {name: SimulatedHost(name) for name in "ab"}
    needs = [frozenset(str(n) for n in range(number)) for number in range(10)]
    steps = [
        Step(str(n), "ab"[n % 2], (PutFile(f"/{n}", "x"),), "why", needs[n], None) for n in range(len(needs))
    ]
    with full_disk(tmp_path, room=1000), pytest.raises(JournalUnwritable, match="it resumes"):
        await converge(Plan(tuple(steps)), hosts, {}, journal, events.append, run_id="r")
    done = sum(len(host.files) for host in hosts.values())
    story = journal.last_run()
    assert story is not None and story.ended is None, "there was no room to say how it ended"
    assert len(story.done) + len(story.unfinished) == done < 10, "nothing was done that is not written down"
    outcome = await converge(Plan(tuple(steps)), hosts, {}, journal, events.append, run_id="again")
    assert outcome.ok and any(isinstance(e.record, RunEnded) for e in journal.read())
