"""Maps cells and their compute hosts, as it is told, and mends mappings that are otherwise.

Usage: nova_cells.py CONFIG < JSON, as the service's own user, with the release's interpreter. It is told
{"cells": [[id, name, database, bus]], "hosts": [name]} on standard input. It may be run again at any time.
Ends with 1 where a host has not told the cell of itself yet, after a wait.
"""

import json
import sys
import time

from nova import monkey_patch

monkey_patch.patch(backend="threading")

from nova import config, context, exception, objects  # noqa: E402
from nova.objects import host_mapping  # noqa: E402

PATIENCE = 90  # seconds for a compute host that was just started to tell its cell


def map_cells(admin, cells):
    """One mapping for each cell, as wanted."""
    for uuid, name, database, bus in cells:
        wanted = {"name": name, "database_connection": database, "transport_url": bus}
        try:
            mapping = objects.CellMapping.get_by_uuid(admin, uuid)
        except exception.CellMappingNotFound:
            objects.CellMapping(admin, uuid=uuid, **wanted).create()
            continue
        for field, value in wanted.items():
            setattr(mapping, field, value)
        mapping.save()


def discover(admin, hosts):
    """The hosts that no cell has in the end."""
    end = time.monotonic() + PATIENCE
    while True:
        host_mapping.discover_hosts(admin, by_service=True)
        missing = [host for host in hosts if not known(admin, host)]
        if not missing or time.monotonic() > end:
            return missing
        time.sleep(1)


def known(admin, host):
    """Whether a cell has the host."""
    try:
        objects.HostMapping.get_by_host(admin, host)
    except exception.HostMappingNotFound:
        return False
    return True


def main(file, told):
    """Does all of what it is told."""
    config.parse_args(["nova-cells", "--config-file", file])
    objects.register_all()
    admin = context.get_admin_context()
    map_cells(admin, told["cells"])
    if told["hosts"] and (missing := discover(admin, told["hosts"])):
        sys.exit(f"no compute service has told of itself from {', '.join(missing)}")


if __name__ == "__main__":
    main(sys.argv[1], json.load(sys.stdin))
