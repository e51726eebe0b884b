"""The text of files on a host: for showing what a plan would change."""

from __future__ import annotations

import json

from holdfast.hosts.transport import Transport

_PROGRAM = """
import json, sys
found = {}
for path in sys.argv[1:]:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            found[path] = file.read()
    except OSError:
        pass
json.dump(found, sys.stdout)
"""


async def contents(transport: Transport, paths: tuple[str, ...]) -> dict[str, str]:
    """Each file's text by its path; those that cannot be read are left out. Raises Unreachable."""
    if not paths:
        return {}
    result = await transport.run(("python3", "-I", "-c", _PROGRAM, *paths))
    return dict(json.loads(result.out)) if result.code == 0 else {}
