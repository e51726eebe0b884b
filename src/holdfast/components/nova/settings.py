"""What nova's processes have in common: each has a file of its own, with no more in it than it needs."""

from __future__ import annotations

from collections.abc import Callable

from holdfast.model.catalogue import Here
from holdfast.model.config import Config
from holdfast.model.settings import Settings, merged
from holdfast.openstack import oslo

NAME = "nova"
HOME = f"/var/lib/{NAME}"
API_SCHEMA, CELL0_SCHEMA, CELL_SCHEMA = "nova_api", "nova_cell0", "nova"
SCHEMAS = (API_SCHEMA, CELL0_SCHEMA, CELL_SCHEMA)
THREADS = "OS_NOVA_DISABLE_EVENTLET_PATCHING=true"
"""In the environment of every process: threads of the system, in all of them alike."""

OWN_USER = "Holdfast makes the service's user, and its neighbours are the cloud's own"
FIXED = {
    **oslo.AUTH_FIXED,
    **oslo.BUS_FIXED,
    **oslo.database_fixed(),
    **oslo.database_fixed("api_database"),
    **{(section, "auth_*"): OWN_USER for section in ("placement", "service_user", "neutron", "cinder")},
    ("DEFAULT", "host"): "machines, cells and placement know a host by this name",
    ("DEFAULT", "my_ip"): "the other hosts come to this one by its own address",
    ("DEFAULT", "state_path"): "its unit may write nowhere else",
    ("neutron", "metadata_proxy_shared_secret"): "Holdfast makes the secret that both sides hold",
    ("neutron", "service_metadata_proxy"): "without it anybody would get the data of any machine",
}


def config_of(part: str) -> str:
    """The file of one process."""
    return f"/etc/{part}/nova.conf"


def config(part: str, *more: Callable[[Here], Settings]) -> Config:
    """The file of the named process: what all have, and `more`."""

    def settings(here: Here) -> Settings:
        return merged(_all(here), *(each(here) for each in more))

    return Config("nova.conf", config_of(part), settings, FIXED, group=NAME, mode=0o640, secret=True)


def _all(here: Here) -> Settings:
    own: Settings = {
        "DEFAULT": {
            "host": here.host.name,
            "my_ip": here.host.address,
            "state_path": HOME,
            "rpc_ping_enabled": True,
        },
        "oslo_concurrency": {"lock_path": f"{HOME}/lock"},
    }
    return merged(own, oslo.LOGGING, oslo.bus(here), oslo.NO_NOTIFICATIONS)


def schemas(here: Here) -> Settings:
    """The schemas of the API and of the cell."""
    cell = oslo.database(here, schema=CELL_SCHEMA)
    return merged(cell, oslo.database(here, schema=API_SCHEMA, section="api_database"))


def placement(here: Here) -> Settings:
    """The way to the one that says where there is room."""
    return merged(oslo.credentials(here, "placement"), {"placement": {"valid_interfaces": "internal"}})


def neighbours(here: Here) -> Settings:
    """The ways to the services that machines are made of: those that the cloud has."""
    # A token of the client's may end before the work does: the service's own beside it says go on.
    go_on = merged(
        oslo.credentials(here, "service_user"), {"service_user": {"send_service_user_token": True}}
    )
    found = [placement(here), go_on, _by_catalogue(here, "glance")]
    if here.site.offers("network"):
        found.append(merged(oslo.credentials(here, "neutron"), {"neutron": {"valid_interfaces": "internal"}}))
    if here.site.offers("block-storage"):
        catalogued = {"catalog_info": "block-storage::internalURL", "os_region_name": here.site.cloud.region}
        found.append(merged(oslo.credentials(here, "cinder"), {"cinder": catalogued}))
    return merged(*found)


def _by_catalogue(here: Here, section: str) -> Settings:
    """Where calls are made with the client's own token."""
    ca = here.offer("identity").ca
    return {section: {"valid_interfaces": "internal", "region_name": here.site.cloud.region, "cafile": ca}}
