"""Progress for people on standard error, and every line with its time in a log file."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

Say = Callable[[str], None]


@contextmanager
def progress(title: str, folder: Path, *, quiet: bool = False) -> Iterator[Say]:
    """Gives a function that shows a line; on a terminal the last one stays beside a spinner.

    Everything said is kept in `<folder>/logs/<time>-<word of title>.log`, whose path is said at the end.
    """
    from rich.console import Console

    logs = folder / "logs"
    logs.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = logs / f"{time.strftime('%Y%m%d-%H%M%S')}-{title.split(maxsplit=1)[0]}.log"
    console = Console(stderr=True, highlight=False, soft_wrap=False)
    began = time.monotonic()
    try:
        with path.open("a") as log, console.status(title, spinner="line") as status:

            def say(text: str) -> None:
                seconds = time.monotonic() - began
                log.write(f"{seconds:8.2f} {text}\n")
                log.flush()
                if quiet:
                    return
                if console.is_terminal:
                    status.update(f"{title}  {seconds:.0f} s  {_cut(text, console.width - len(title) - 14)}")
                else:
                    print(f"{seconds:6.1f} s  {text}", file=sys.stderr, flush=True)

            yield say
    finally:
        if not quiet:
            print(f"details: {path}", file=sys.stderr)


def _cut(text: str, width: int) -> str:
    line = text.replace("[", "(").replace("]", ")").splitlines()[0] if text else ""
    return line if len(line) <= width else line[: max(0, width - 3)] + "..."
