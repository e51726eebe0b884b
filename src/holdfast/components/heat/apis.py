"""Heat's APIs: the one that people come to, and the one by which what runs in a stack tells how far it is."""

from __future__ import annotations

from holdfast.components.heat.settings import CFN_PORT, NAME, config, config_of, served
from holdfast.model.component import Component
from holdfast.model.parts import Registration
from holdfast.openstack import oslo
from holdfast.openstack.api import Wsgi, balanced

PORT = 8004
USES = ("bus", "database", "identity")
"""The APIs have no database of their own: the engine reads it for them."""


def _told(part: str) -> str:
    return f"--config-file={config_of(part)}"


API = balanced(
    Component(
        name="heat-api",
        role=None,
        summary="the API of stacks",
        needs=("bus",),
        configs=(config("heat-api", served),),
        registrations=(Registration(NAME, "orchestration", PORT, "/v1/%(project_id)s"),),
        safeguards=oslo.bus_safeguards(config_of("heat-api")),
        users=(NAME,),
    ),
    "orchestration",
    Wsgi(
        "heat.wsgi.api",
        PORT,
        "",
        "",
        "/v1/%(project_id)s/stacks",
        argument=_told("heat-api"),
        uses=USES,
    ),
)

CFN = balanced(
    Component(
        name="heat-api-cfn",
        role=None,
        summary="what runs in a stack tells it here how far it is",
        needs=("bus",),
        configs=(config("heat-api-cfn", served),),
        registrations=(Registration(NAME, "cloudformation", CFN_PORT, "/v1"),),
        safeguards=oslo.bus_safeguards(config_of("heat-api-cfn")),
        users=(NAME,),
    ),
    "cloudformation",
    Wsgi(
        "heat.wsgi.cfn",
        CFN_PORT,
        "",
        "",
        "",
        # Nobody has signed it.
        first_call="/v1/",
        argument=_told("heat-api-cfn"),
        uses=USES,
    ),
)
