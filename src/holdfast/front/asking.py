"""Asks a person at a terminal before hosts are changed, or something is lost."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

from holdfast.model.errors import BadInput, Wanting

if TYPE_CHECKING:
    from holdfast.front.answer import Answer
    from holdfast.front.applying import Ask, Proposal
    from holdfast.front.progress import Telling

BY_FILE = ", or write the plan with `holdfast plan --out FILE` and have it done with `holdfast apply FILE`"


class NobodyToAsk(BadInput):
    """It needs a yes, and there is no terminal where anybody could give it; nothing was done."""

    def __init__(self, what: str, more: str = "") -> None:
        super().__init__(f"{what}: there is no terminal to ask at; say --yes{more}")


class NotWanted(Wanting):
    """Somebody was asked, and it was not wanted: nothing was changed."""

    def __init__(self) -> None:
        super().__init__("nothing was changed")


def confirm(answer: Answer, what: str, yes: bool) -> None:
    """Goes on where `yes` was said, beforehand or now; `what` says what will happen, and to what.

    Raises NobodyToAsk, NotWanted.
    """
    if yes:
        return
    if answer.as_json or not sys.stdin.isatty():
        raise NobodyToAsk(f"this {what}; nothing was changed")
    print(f"this {what}\ndo this? [y/N] ", end="", file=sys.stderr, flush=True)
    if not _is_yes(sys.stdin.readline()):
        raise NotWanted


def asker(telling: Telling, answer: Answer, *, yes: bool) -> Ask:
    """Shows each plan in short, and asks unless the answer is `yes` or approved already.

    With JSON nothing is shown, and nobody is asked. Asking raises NobodyToAsk.
    """

    async def ask(proposal: Proposal) -> bool:
        telling.quiet()
        try:
            if not answer.as_json:
                answer.head()
                show(proposal)
            if yes or proposal.approved:
                return True
            if answer.as_json or not sys.stdin.isatty():
                raise NobodyToAsk("nothing was changed", BY_FILE)
            return await _answer(f"do this to {answer.cloud}? [y/N] ")
        finally:
            telling.resume()

    return ask


def show(proposal: Proposal) -> None:
    """The plan in short, after what changed since it was shown last."""
    from holdfast.front.outline import outline

    if proposal.changes:
        print("the hosts changed since the plan was shown; what is to be done is now otherwise:")
        print("\n".join(f"  {each}" for each in proposal.changes))
    print("\n".join(outline(proposal.summary)), flush=True)


async def _answer(question: str) -> bool:
    """What a person types. Reads without a thread: one would wait for the line even after Ctrl-C."""
    print(question, end="", file=sys.stderr, flush=True)
    loop, typed = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(sys.stdin, typed.set)
    try:
        await typed.wait()
    finally:
        loop.remove_reader(sys.stdin)
    return _is_yes(sys.stdin.readline())


def _is_yes(line: str) -> bool:
    return line.strip().lower() in ("y", "yes")
