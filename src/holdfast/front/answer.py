"""A command's answer: text for people, or one JSON document, errors too."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperGroup

from holdfast.front.exits import expected
from holdfast.front.options import open_cloud
from holdfast.model.errors import BadInput, Exit, HoldfastError
from holdfast.wire import Envelope, answer, document, failure

if TYPE_CHECKING:
    from holdfast.front.project import Project
    from holdfast.model.finding import Finding


class Interrupted(HoldfastError):
    """Ctrl-C ended the work."""

    exit = Exit.INTERRUPTED

    def __init__(self) -> None:
        super().__init__("interrupted; the same command resumes")


class Commands(TyperGroup):
    """All commands; words that are none of theirs are an answer as well where JSON was asked for."""

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        """As typer's own."""
        with _wrong_words("--json" in args):
            return super().make_context(info_name, args, parent, **extra)

    def invoke(self, ctx: Any) -> Any:
        """As typer's own."""
        with _wrong_words("--json" in sys.argv):
            return super().invoke(ctx)


@contextmanager
def _wrong_words(as_json: bool) -> Iterator[None]:
    try:
        yield
    except typer.TyperException as error:
        Answer(as_json).fail(BadInput(error.format_message()))
        raise


class Answer:
    """How one command answers; it knows the cloud once that was opened."""

    def __init__(self, as_json: bool) -> None:
        self.as_json = as_json
        self._project: Project | None = None
        self._headed = False

    def open(
        self, cloud: Path | None, *, keep: bool = True, as_is: bool = False, own: bool = True
    ) -> Project:
        """The project of `--cloud`. Raises what `open_cloud` raises."""
        project = open_cloud(cloud, keep=keep, as_is=as_is, own=own)
        self._project = project
        return project

    @property
    def cloud(self) -> str | None:
        """The name of the cloud, once it was opened."""
        return self._project.cloud.name if self._project else None

    def head(self) -> None:
        """Says once, as text, which cloud this is about, and when."""
        if self._project is not None and not (self.as_json or self._headed):
            self._headed = True
            print(f"{self.cloud} ({self._project.path}), {datetime.now().astimezone():%Y-%m-%d %H:%M:%S %Z}")

    def give(self, show: Callable[[], None], data: object = None, findings: tuple[Finding, ...] = ()) -> None:
        """Prints the document of these, or lets `show` print text."""
        if self.as_json:
            _print(answer(self.cloud, datetime.now(UTC), findings=findings, data=data))
        else:
            self.head()
            show()

    def conclude(self, findings: tuple[Finding, ...], show: Callable[[], None], data: object = None) -> None:
        """Gives the answer, and ends with the exit code that the findings deserve."""
        from holdfast.front.service import verdict_exit

        self.give(show, data, findings)
        raise typer.Exit(verdict_exit(findings))

    def fail(self, error: HoldfastError) -> None:
        """Prints the document of an error; its text is told elsewhere."""
        if self.as_json:
            _print(failure(self.cloud, datetime.now(UTC), error))


@contextmanager
def answering(as_json: bool) -> Iterator[Answer]:
    """Gives the way to answer; an error on the way is the answer where JSON was asked for, and goes on."""
    given = Answer(as_json)
    try:
        yield given
    except KeyboardInterrupt:
        given.fail(Interrupted())
        raise
    except (typer.Exit, typer.Abort, BrokenPipeError):
        raise
    except Exception as error:
        told = expected(error)
        given.fail(told)
        raise told from error


def _print(envelope: Envelope) -> None:
    sys.stdout.write(document(envelope))
