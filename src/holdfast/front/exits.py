"""Every expected error as one clear line instead of a traceback."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from holdfast.model.errors import Exit, HoldfastError


@contextmanager
def plain_errors() -> Iterator[None]:
    """Turns an expected error into its text on standard error and its exit code."""
    try:
        yield
    except (KeyboardInterrupt, SystemExit) as ended:
        # typer turns an interrupt into the exit code without a word.
        if isinstance(ended, SystemExit) and ended.code != Exit.INTERRUPTED:
            raise
        print("interrupted; the same command resumes", file=sys.stderr)
        raise SystemExit(Exit.INTERRUPTED) from None
    except HoldfastError as error:
        print(str(error), file=sys.stderr)
        raise SystemExit(error.exit) from None
