"""A host's facts and its answers to questions, all in one round trip."""

from __future__ import annotations

import asyncio
import inspect
import textwrap
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from holdfast.hosts.program import Json, Program, converse
from holdfast.hosts.transport import Transport, Unreachable
from holdfast.model.observed import Answer, Belongings, Observed, UnitState
from holdfast.model.question import Ask, Question

# Time for the connection and for the program to start, in seconds.
MARGIN = 30.0
AT_ONCE = 100


@dataclass(frozen=True)
class Inquiry:
    """What to look at: paths of files and folders (what is in them), names of packages, units and marks,
    and questions.

    Where units are asked about, `Observed.ports` tells who listens on each port, by `tcp/PORT` or `udp/PORT`.
    `inventory` asks for all that Holdfast put there.
    """

    files: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    questions: tuple[Question, ...] = ()
    inventory: bool = False


async def observe(transport: Transport, inquiry: Inquiry) -> Observed:
    """One host's facts. Raises Unreachable."""
    request = {
        "files": inquiry.files,
        "packages": inquiry.packages,
        "units": inquiry.units,
        "marks": inquiry.marks,
        "folders": inquiry.folders,
        "questions": [_sent(question) for question in inquiry.questions],
        "inventory": inquiry.inventory,
    }
    longest = max((question.deadline for question in inquiry.questions), default=0.0)
    reply = await facts(transport, request, longest + MARGIN)
    return _observed(transport.host, reply, time.time())


async def facts(transport: Transport, request: Json, timeout: float = MARGIN) -> Json:
    """The observation program's plain answer. Raises Unreachable, also when the program itself failed."""
    reply = await converse(transport, Program.FACTS, request, timeout=timeout)
    if "error" in reply:
        cure = "this is a defect of Holdfast or of the host's Python: report it"
        raise Unreachable(transport.host, f"it could not be observed: {reply['error']}", cure)
    return reply


async def observe_all(
    transports: Mapping[str, Transport], inquiries: Mapping[str, Inquiry]
) -> dict[str, Observed | Unreachable]:
    """Each inquired host's facts, or why there are none; all hosts at the same time, at most a hundred."""
    turns = asyncio.Semaphore(AT_ONCE)

    async def one(name: str) -> Observed | Unreachable:
        async with turns:
            try:
                return await observe(transports[name], inquiries[name])
            except Unreachable as unreachable:
                return unreachable

    return dict(zip(inquiries, await asyncio.gather(*map(one, inquiries)), strict=True))


async def ask(transport: Transport, question: Question) -> Answer:
    """One question's answer. Raises Unreachable."""
    seen = await observe(transport, Inquiry(questions=(question,)))
    return seen.answers[question.name]


def _sent(question: Question) -> Json:
    return {
        "name": question.name,
        "source": _source(question.ask),
        "function": question.ask.__name__,
        "arguments": dict(question.arguments),
        "deadline": question.deadline,
    }


@cache
def _source(function: Ask) -> str:
    """The function's text. Raises TypeError for a lambda, whose text is not a definition."""
    if function.__name__ == "<lambda>":
        raise TypeError("a question must be a named function: a lambda cannot be sent to a host")
    return textwrap.dedent(inspect.getsource(function))


def _observed(host: str, reply: Json, ended: float) -> Observed:
    # The host reads its clock last of all: what passes between that and the reply's arrival here is far
    # shorter than the way there, with its new session and its interpreter's start.
    major, minor = reply["python"]
    return Observed(
        host=host,
        os=reply["os"],
        python=(major, minor),
        root=reply["root"],
        free_mib=reply["free_mib"],
        clock_offset=reply["now"] - ended,
        files=reply["files"],
        packages=reply["packages"],
        units={name: UnitState(**state) for name, state in reply["units"].items()},
        marks=reply["marks"],
        folders={path: tuple(names) for path, names in reply["folders"].items()},
        ports=reply["ports"],
        inventory={
            component: Belongings(tuple(had["files"]), tuple(had["units"]), tuple(had["marks"]))
            for component, had in reply["inventory"].items()
        },
        answers={name: _answer(answer) for name, answer in reply["answers"].items()},
    )


def _answer(answer: Mapping[str, Any]) -> Answer:
    return Answer(answer["ok"], answer["text"], answer["data"], answer["seconds"])
