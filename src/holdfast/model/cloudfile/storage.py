"""What must hold of the storage of hosts in a cloud file."""

from __future__ import annotations

from collections.abc import Iterator

from holdfast.model.cloudfile.coherence import Reading, roles_of
from holdfast.model.cloudfile.errors import CloudFileError

GIVEN = ("device", "file_gib")
CURE = "give `storage: {device: /dev/disk/by-id/...}`, or `storage: {file_gib: 20}` for a trial"


def storage(r: Reading) -> Iterator[CloudFileError]:
    """Hosts whose role keeps data say where; each says it in one way."""
    for i in range(r.length("hosts")):
        path = ("hosts", i, "storage")
        keeps = [role for role in sorted(roles_of(r, i) or ()) if _keeps(r, role)]
        if keeps and not r.given(*path):
            why = f"the role '{keeps[0]}' keeps the cloud's data, on a device or in a file of its own"
            yield r.error(("hosts", i, "name"), "the host has no `storage`", why, CURE)
        given = [key for key in GIVEN if r.given(*path, key)]
        if r.given(*path) and path not in r.bad and len(given) != 1:
            what = f"the storage is given {'twice' if given else 'in no way'}"
            yield r.error(path, what, "data is kept in one place", CURE, key=True)


def _keeps(r: Reading, role: str) -> bool:
    declared = r.words.roles.get(role)
    return declared is not None and declared.storage
