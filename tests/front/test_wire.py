"""What leaves the program: one plain form, one envelope, no secret, and a page that is the code."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import typer

from holdfast.front import shapes
from holdfast.front.cli import app
from holdfast.front.json_page import COMMANDS, json_markdown, shapes_told
from holdfast.model.errors import BadInput, Wanting
from holdfast.model.finding import Finding, Verdict
from holdfast.model.plan import Change, PutFile, Run, Unit
from holdfast.model.secret import Secret
from holdfast.wire import answer, document, failure, plain

DOCUMENT = Path(__file__).parents[2] / "docs/json.md"
NOW = datetime(2026, 1, 31, 2, 10, 11, tzinfo=UTC)
GOOD, BAD = Finding(Verdict.PASS, "r", "s", "d"), Finding(Verdict.FAIL, "r", "s", "d", "mend it")


@dataclass(frozen=True)
class Named:
    """A dataclass with all that can be told."""

    words: tuple[str, ...]
    verdict: Verdict
    change: Change
    folder: Path
    when: datetime
    times: frozenset[str]
    seconds: float

    @property
    def first(self) -> str:
        return self.words[0]


def test_everything_has_one_plain_form() -> None:
    value = Named(("a", "b"), Verdict.FAIL, Change.STOP, Path("x"), NOW, frozenset("ba"), float("inf"))
    assert plain(value) == {
        "words": ["a", "b"],
        "verdict": "FAIL",
        "change": "stop",
        "folder": "x",
        "when": "2026-01-31T02:10:11+00:00",
        "times": ["a", "b"],
        "seconds": None,
        "first": "a",
    }


def test_nothing_of_a_secret_leaves() -> None:
    shown = json.dumps(
        [
            plain(PutFile("/etc/x", "s3cret", secret=True)),
            plain(Run(("mysql",), stdin="s3cret", env=(("PASSWORD", "s3cret"),))),
            plain(Unit("x.service", Change.START)),
        ]
    )
    assert "/etc/x" in shown and "s3cret" not in shown


@pytest.mark.parametrize("value", [Secret("s3cret"), object(), b"bytes", {"key": Secret("s3cret")}, Named])
def test_what_has_no_plain_form_is_refused_and_never_guessed(value: object) -> None:
    with pytest.raises(TypeError) as caught:
        plain(value)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    ("findings", "verdict"), [((), None), ((GOOD,), "PASS"), ((GOOD, BAD), "FAIL")], ids=str
)
def test_the_envelope_has_the_gravest_verdict(findings: tuple[Finding, ...], verdict: str | None) -> None:
    told = json.loads(document(answer("home", NOW, findings=findings)))
    assert list(told) == ["version", "cloud", "time", "verdict", "findings", "data", "error"]
    assert (told["version"], told["cloud"], told["verdict"], told["error"]) == (1, "home", verdict, None)
    assert told["data"] == {}


def test_an_error_is_an_answer_with_what_it_rests_on() -> None:
    class Unfit(Wanting):
        findings = (BAD,)

    told = json.loads(document(failure(None, NOW, Unfit("it is not fit"))))
    assert (told["verdict"], told["error"]) == ("FAIL", {"what": "it is not fit", "exit": 1})
    assert told["findings"][0]["remedy"] == "mend it"
    assert json.loads(document(failure("home", NOW, BadInput("x"))))["error"]["exit"] == 2


def test_the_page_is_the_code() -> None:
    assert DOCUMENT.read_text() == json_markdown(), (
        "write it anew: python -m holdfast.front.json_page > docs/json.md"
    )


def test_every_shape_is_told() -> None:
    told = {kind.__name__ for kind in shapes_told()}
    ours = {name for name, kind in vars(shapes).items() if getattr(kind, "__module__", "") == shapes.__name__}
    assert {name for name in ours if name[0].isupper()} <= told


def commands(name: str, command: Any) -> Iterator[tuple[str, Any]]:
    """Every command below one, by the words that call it."""
    inner = getattr(command, "commands", {})
    if not inner:
        yield name, command
    for word, each in inner.items():
        yield from commands(f"{name} {word}".strip(), each)


def test_every_command_with_json_is_on_the_page() -> None:
    """Options of one command that lead to another shape stand behind its name."""
    found = {
        name
        for name, command in commands("", typer.main.get_command(app))
        if any("--json" in parameter.opts for parameter in command.params)
    }
    assert found == {name.split(" --")[0] for name in COMMANDS}
