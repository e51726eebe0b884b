"""What somebody else put into a folder that a service reads whole: seen nowhere else until its next start."""

from __future__ import annotations

from holdfast.model.catalogue import Here
from holdfast.model.observed import Observed


def foreign(here: Here, seen: Observed) -> tuple[str, ...]:
    """Paths of what is in such folders of a component on its host, and is not put there by Holdfast."""
    publish = here.component.publish
    ours = {file.path for file in here.files}
    if publish is not None:
        published = (placed for placed in here.site.placed if placed.component.frontends)
        ours |= {file.path for placed in published for file in publish(here, placed).files}
    there = (f"{folder}/{name}" for folder in here.folders for name in seen.folders.get(folder, ()))
    return tuple(path for path in there if path not in ours)


def own_folders(here: Here, paths: tuple[str, ...]) -> tuple[str, ...]:
    """Those of the paths that are in folders which are the component's alone."""
    return tuple(path for path in paths if path.rpartition("/")[0] in here.component.folders)
