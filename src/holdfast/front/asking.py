"""Asks a person at a terminal before hosts are changed."""

from __future__ import annotations

import asyncio
import sys

from holdfast.front.applying import Ask, Proposal
from holdfast.front.outline import outline
from holdfast.front.progress import Telling
from holdfast.model.errors import BadInput


class NobodyToAsk(BadInput):
    """A plan needs a yes, and there is no terminal where anybody could give it; nothing was changed."""

    def __init__(self) -> None:
        super().__init__(
            "nothing was changed: there is no terminal to ask at; say --yes, or write the plan with "
            "`holdfast plan --out FILE` and have it done with `holdfast apply FILE`"
        )


def asker(telling: Telling, *, yes: bool, as_json: bool) -> Ask:
    """Shows each plan in short, and asks unless the answer is `yes` or approved already.

    With `as_json` nothing is shown, and nobody is asked. Asking raises NobodyToAsk.
    """

    async def ask(proposal: Proposal) -> bool:
        telling.quiet()
        try:
            if not as_json:
                show(proposal)
            if yes or proposal.approved:
                return True
            if as_json or not sys.stdin.isatty():
                raise NobodyToAsk
            return await _answer("do this? [y/N] ")
        finally:
            telling.resume()

    return ask


def show(proposal: Proposal) -> None:
    """The plan in short, after what changed since it was shown last."""
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
    return sys.stdin.readline().strip().lower() in ("y", "yes")
