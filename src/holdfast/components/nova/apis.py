"""Nova's APIs: the one that people come to, and the one by which a machine asks who it is."""

from __future__ import annotations

from holdfast.components.nova.settings import NAME, THREADS, config, config_of, neighbours, schemas
from holdfast.model.catalogue import Here
from holdfast.model.component import Component
from holdfast.model.parts import Registration
from holdfast.model.process import Caller
from holdfast.model.release import Release
from holdfast.model.settings import Settings, merged
from holdfast.openstack import oslo
from holdfast.openstack.api import Wsgi, balanced

PORT, METADATA_PORT = 8774, 8775
PROXY = "metadata.proxy"
"""The secret by which the one who asks for a machine shows that it may."""

NEEDS = ("bus", "placement", "cells", "network")


def _served(here: Here) -> Settings:
    return merged(neighbours(here), schemas(here), oslo.BEHIND_A_PROXY)


def _api(here: Here) -> Settings:
    return merged(_served(here), oslo.authtoken(here), oslo.credentials(here, "keystone"))


def _metadata(here: Here) -> Settings:
    secret = here.site.secret(PROXY).reveal()
    proxied: Settings = {"neutron": {"service_metadata_proxy": True, "metadata_proxy_shared_secret": secret}}
    return merged(_served(here), proxied)


def _environment(part: str) -> str:
    return f"OS_NOVA_CONFIG_DIR=/etc/{part} {THREADS}"


def _paste(release: Release) -> str:
    """The release's own file has to be the first: it is the one that says what is served."""
    return f"OS_NOVA_CONFIG_FILES={release.data}/etc/nova/api-paste.ini;nova.conf"


API = balanced(
    Component(
        name="nova-api",
        role=None,
        summary="the API of virtual machines",
        needs=(*NEEDS, "image"),
        configs=(config("nova-api", _api),),
        registrations=(Registration(NAME, "compute", PORT, "/v2.1"),),
        safeguards=oslo.bus_safeguards(config_of("nova-api")),
    ),
    "compute",
    Wsgi(
        "nova.wsgi.osapi_compute",
        PORT,
        _environment("nova-api"),
        config_of("nova-api"),
        "/v2.1/servers",
        section="api_database",
        released=_paste,
    ),
)

METADATA = balanced(
    Component(
        name="nova-metadata",
        role=None,
        summary="what virtual machines ask about themselves",
        needs=NEEDS,
        configs=(config("nova-metadata", _metadata),),
        secrets=(PROXY,),
        safeguards=oslo.bus_safeguards(config_of("nova-metadata")),
    ),
    "metadata",
    Wsgi(
        "nova.wsgi.metadata",
        METADATA_PORT,
        _environment("nova-metadata"),
        config_of("nova-metadata"),
        "",
        section="api_database",
        # Nobody says here which machine it is for.
        first_call="/openstack/latest/meta_data.json",
        released=_paste,
        secret=PROXY,
        callers=(Caller.NETWORK,),
    ),
)
