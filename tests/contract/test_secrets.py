"""No secret is readable by others, shown in a diff, or in an argument list, anywhere in any plan."""

from __future__ import annotations

import json
import os
import pwd
import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from clouds import files_of, secret_values, sites

from holdfast.hosts.program import ARGV, Program, payload
from holdfast.model.catalogue import Here, Site
from holdfast.model.observed import Answer, Observed
from holdfast.model.plan import PutFile, Run, Step
from holdfast.model.process import Process
from holdfast.plan.compile import compile_plan
from holdfast.plan.diff import file_diff
from holdfast.plan.inquiry import health_inquiries
from holdfast.probes import View, client_urls, judge

every_site = pytest.mark.parametrize("site", sites().values(), ids=list(sites()))
MARK = "SECRET-"
DRAWN = re.compile(r"password_hash|AQAAAAAAAAAAABAA")
"""What a hash, or a key that is drawn from a secret, is known by."""


def steps(site: Site) -> tuple[Step, ...]:
    """All that a first deployment does."""

    def answers(host: str) -> dict[str, Answer]:
        names = [q.name for here in site.by_host[host] for q in here.component.facts(here)]
        return {
            name: Answer(True, "no data", {"running": False, "history": "", "position": -1}) for name in names
        }

    return compile_plan(
        site, {h.name: Observed(h.name, answers=answers(h.name)) for h in site.cloud.hosts}
    ).steps


@every_site
def test_files_with_secrets_are_closed_and_hidden(site: Site) -> None:
    holding = [file for file in files_of(site).values() if MARK in file.content]
    assert holding
    for file in holding:
        assert file.secret, f"{file.path} would be shown in a diff"
        assert not file.mode & 0o007, f"{file.path} is {file.mode:o}"
        assert MARK not in file_diff(file, "another text")
        assert MARK not in repr(file)


@every_site
def test_only_files_with_secrets_are_hidden(site: Site) -> None:
    """What a diff hides without need is a change that nobody can review. A hash counts as a secret."""
    hidden = [f for f in files_of(site).values() if f.secret and MARK not in f.content]
    assert [f.path for f in hidden if not DRAWN.search(f.content)] == []


@every_site
def test_every_secret_is_used(site: Site) -> None:
    everything = "".join(f.content for f in files_of(site).values()) + repr(
        [(a.stdin, a.env) for s in steps(site) for a in s.actions if isinstance(a, Run)]
    )
    hashed = {b.secret for c in site.catalogue for b in c.buses} | {"block-store"}
    assert [
        name
        for name, text in secret_values(site.catalogue).items()
        if name not in hashed and text not in everything
    ] == []


@every_site
def test_who_caches_has_a_secret_to_seal_with(site: Site) -> None:
    users = [c for c in site.catalogue if "cache" in c.needs and c.configs]
    assert all(f"cache.{c.service}" in site.secrets for c in users)


@every_site
def test_no_secret_in_an_argument_list_or_a_name(site: Site) -> None:
    for step in steps(site):
        shown = [step.id, step.why, step.host]
        for action in step.actions:
            shown.append(action.subject)
            if isinstance(action, Run):
                shown += [*action.argv, action.mark, action.digest, action.user, *(k for k, _ in action.env)]
                shown.append(repr(action.stdin) if not action.stdin else "")
        assert MARK not in "\n".join(shown), step.id


@every_site
def test_what_reaches_the_host_is_on_standard_input(site: Site) -> None:
    """Environment and input of a command travel in the request; the argument list is always the same."""
    secretive = [
        a for s in steps(site) for a in s.actions if isinstance(a, Run) and MARK in f"{a.env}{a.stdin}"
    ]
    assert secretive
    assert MARK not in "".join(ARGV)
    request = {"actions": [{"env": a.env, "stdin": a.stdin} for a in secretive]}
    assert MARK in payload(Program.DEEDS, request).decode()


def test_the_environment_reaches_no_argument_list() -> None:
    """The deed hands the environment to the process, and the process's argv is the action's, no more."""
    from holdfast.hosts.agent import deeds

    action = {
        "argv": ["/bin/sh", "-c", 'tr "\\0" " " < /proc/$$/cmdline; test -n "$TOKEN"; exit 7'],
        "stdin": "",
        "env": [["TOKEN", "SECRET-token"]],
        "user": pwd.getpwuid(os.getuid()).pw_name,
        "mark": "",
        "digest": "",
        "timeout": 5.0,
    }
    with pytest.raises(deeds.Failed) as failed:
        deeds.run(action)
    assert "ended with 7" in str(failed.value)
    assert MARK not in str(failed.value)
    assert MARK not in json.dumps(action["argv"])


def look_without_secrets(site: Site) -> list[str]:
    """What `status` does, and each probe's words: the operator's secrets need not be at hand for it."""
    bare = replace(site, secrets={})
    health_inquiries(bare)
    client_urls(bare)
    view = View(bare, {host.name: None for host in site.cloud.hosts}, datetime.now(UTC))
    return [finding.detail for finding in judge(view)]


@every_site
def test_the_state_is_told_without_any_secret(site: Site) -> None:
    assert [text for text in look_without_secrets(site) if "crashed" in text] == []


def test_a_question_that_needs_a_secret_is_seen() -> None:
    site = next(iter(sites().values()))

    def ask(here: Here) -> tuple[Process, ...]:
        return here.component.processes(here) if here.site.secret("admin") else ()

    first, *others = site.catalogue
    with pytest.raises(KeyError):
        look_without_secrets(replace(site, catalogue=(replace(first, processes=ask), *others)))


@every_site
def test_steps_never_print_a_secret(site: Site) -> None:
    for step in steps(site):
        for action in step.actions:
            if isinstance(action, PutFile | Run):
                assert MARK not in repr(action)
    for here in site.places:
        assert MARK not in repr(here.component.once(here))
