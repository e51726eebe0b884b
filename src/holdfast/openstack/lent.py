"""Modules of the distribution's that no package index has, lent to the release's interpreter by name."""

from __future__ import annotations

from holdfast.model.plan import Run

DISTRIBUTION = "/usr/lib/python3/dist-packages"
LEND = 'rm -rf "$1" && mkdir -p "$1" && to="$1" && shift && for name; do '
LEND += f'ln -s {DISTRIBUTION}/"$name"* "$to"/ || exit 1; done'


def lent(folder: str, *names: str) -> Run:
    """Fills a folder, to be on a unit's PYTHONPATH, with the modules whose files begin with these names.

    Only those: everything else that the distribution has for Python would hide the release's own.
    """
    digest = " ".join(names)
    return Run(("sh", "-euc", LEND, "lent", folder, *names), mark=f"lent {folder}", digest=digest)
