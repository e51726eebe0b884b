"""What Heat's processes have in common: each has a file of its own."""

from __future__ import annotations

from collections.abc import Callable

from holdfast.model.address import at_port
from holdfast.model.catalogue import Here
from holdfast.model.config import Config
from holdfast.model.settings import Settings, merged
from holdfast.openstack import oslo

NAME = "heat"
DOMAIN, DOMAIN_ADMIN = "heat", "heat_domain_admin"
"""Users that stacks make for what runs in them are in a domain of their own, and in nobody else's."""
STACK_USER = "heat_stack_user"
"""The role of such a user: it may tell how far it is, and no more."""
CFN_PORT = 8000

FIXED: oslo.Fixed = {
    **oslo.AUTH_FIXED,
    **oslo.BUS_FIXED,
    **oslo.DATABASE_FIXED,
    ("DEFAULT", "auth_encryption_key"): "what is kept of stacks is sealed with it, and all engines share it",
    ("DEFAULT", "stack_user_domain_*"): "Holdfast registers the domain",
    ("DEFAULT", "stack_domain_admin*"): "Holdfast registers the domain's administrator",
    ("DEFAULT", "heat_stack_user_role"): "Holdfast registers the role",
    ("trustee", "*"): "Holdfast makes the service's user, and identity is its own",
    ("ec2authtoken", "*"): "Holdfast makes the service's user, and identity is its own",
}


def config_of(part: str) -> str:
    """The file of one process."""
    return f"/etc/{part}/heat.conf"


def config(part: str, *more: Callable[[Here], Settings]) -> Config:
    """The file of the named process: what all have, and `more`."""

    def settings(here: Here) -> Settings:
        return merged(_all(here), *(each(here) for each in more))

    return Config("heat.conf", config_of(part), settings, FIXED, group=NAME, mode=0o640, secret=True)


def _all(here: Here) -> Settings:
    own: Settings = {
        "DEFAULT": {"host": here.host.name, "rpc_ping_enabled": True},
        # Processes of a host agree there on the names of their queues.
        "oslo_concurrency": {"lock_path": f"/var/lib/{NAME}/lock"},
    }
    return merged(own, oslo.LOGGING, oslo.bus(here), oslo.NO_NOTIFICATIONS, _clients(here))


def _clients(here: Here) -> Settings:
    """How other services are come to: inside, and with the cloud's authority."""
    identity = here.offer("identity")
    inside = {"endpoint_type": "internalURL", "ca_file": identity.ca}
    return {"clients": inside, "clients_keystone": {**inside, "auth_uri": _identity(here)}}


def _identity(here: Here) -> str:
    to = here.offer("identity")
    return f"https://{at_port(to.address, to.port)}"


def served(here: Here) -> Settings:
    """What both APIs need: the release's own description of what is served, and who judges tokens."""
    paste: Settings = {"paste_deploy": {"api_paste_config": f"{_shipped(here)}/api-paste.ini"}}
    # The version is put behind whatever this is: the catalogue's has it already.
    signed: Settings = {"ec2authtoken": {"endpoint_override": _identity(here)}}
    return merged(
        paste, oslo.authtoken(here), oslo.credentials(here, "ec2authtoken"), signed, oslo.BEHIND_A_PROXY
    )


def engine(here: Here) -> Settings:
    """What the engine needs to act for users after their token has ended, and for what runs in stacks."""
    site, secret = here.site, here.site.secret
    public = f"https://{at_port(site.cloud.public_address, CFN_PORT)}"
    own: Settings = {
        "DEFAULT": {
            "num_engine_workers": 1,
            # Who misses six of its reports is dead, and what it held is ended.
            "periodic_interval": 10,
            "auth_encryption_key": secret("heat.seal").reveal(),
            "region_name_for_services": site.cloud.region,
            "heat_metadata_server_url": public,
            "heat_waitcondition_server_url": f"{public}/v1/waitcondition",
            "server_keystone_endpoint_type": "public",
            "stack_user_domain_name": DOMAIN,
            "stack_domain_admin": DOMAIN_ADMIN,
            "stack_domain_admin_password": secret(f"identity.{DOMAIN_ADMIN}").reveal(),
            "heat_stack_user_role": STACK_USER,
            "environment_dir": f"{_shipped(here)}/environment.d",
            "template_dir": f"{_shipped(here)}/templates",
        }
    }
    return merged(own, _trustee(here), oslo.authtoken(here), oslo.database(here))


def _trustee(here: Here) -> Settings:
    """The service's user as one whom users trust with a stack: what it may comes with each trust."""
    whole = oslo.credentials(here, "trustee")["trustee"]
    wanted = ("auth_type", "auth_url", "username", "password", "user_domain_id")
    return {"trustee": {name: whole[name] for name in wanted}}


def _shipped(here: Here) -> str:
    return f"{here.site.release.data}/etc/heat"
