"""A service's own management commands as run-once work: its schema, above all."""

from __future__ import annotations

from holdfast.model.catalogue import Here
from holdfast.model.parts import Once, When


def managed(here: Here, id: str, why: str, module: str, *words: str, timeout: float = 300.0) -> Once:
    """A command of the `module` whose `main` is the service's management, once for each release.

    Run as the service's own user before any of its processes starts.
    """
    argv = (here.site.release.python, "-c", f"from {module} import main; main()", *words)
    release = here.site.release.digest
    return Once(id, When.BEFORE_START, why, argv, here.component.service, digest=release, timeout=timeout)
