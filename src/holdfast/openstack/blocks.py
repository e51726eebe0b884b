"""What a service needs to come to the block store: where it is, its key there, and the library's modules."""

from __future__ import annotations

from uuid import NAMESPACE_DNS, uuid5

from holdfast.model.address import at_port
from holdfast.model.catalogue import Here
from holdfast.model.plan import PutFile

KIND = "block-store"
"""The kind of the store's offer."""
PACKAGES = ("python3-rados", "python3-rbd")
"""The distribution's: nobody publishes the library's modules elsewhere."""

_LENT = '''"""The distribution's module, lent to a release that has none, and nothing else of it."""

import sys
from importlib.machinery import PathFinder
from importlib.util import module_from_spec

_spec = PathFinder.find_spec(__name__, ["/usr/lib/python3/dist-packages"])
sys.modules[__name__] = module_from_spec(_spec)
_spec.loader.exec_module(sys.modules[__name__])
'''


def lent(folder: str) -> tuple[PutFile, ...]:
    """The library's two modules in a folder that is on the service's PYTHONPATH."""
    return tuple(PutFile(f"{folder}/{name}.py", _LENT) for name in ("rados", "rbd"))


def client_files(here: Here, folder: str) -> tuple[PutFile, ...]:
    """`ceph.conf` and the `keyring` of the service's user, who reads both."""
    to, user = here.offer(KIND), here.component.service
    monitors = ",".join(f"[v2:{at_port(address, to.port)}]" for address in to.addresses)
    config = f"[global]\nmon_host = {monitors}\nms_client_mode = secure\nms_mon_client_mode = secure\n"
    key = f"[client.{to.user}]\nkey = {to.password}\n"
    return (
        PutFile(f"{folder}/ceph.conf", f"{config}[client.{to.user}]\nkeyring = {folder}/keyring\n"),
        PutFile(f"{folder}/keyring", key, group=user, mode=0o640, secret=True),
    )


def machine_secret(here: Here, user: str) -> str:
    """The name (a UUID) under which a host that runs machines keeps the key of a user of the store."""
    return str(uuid5(NAMESPACE_DNS, f"{user}.{KIND}.{here.site.cloud.name}"))
