"""Horizon's settings as data: what Django and its own code take as Python is read from one JSON file."""

from __future__ import annotations

import json

from holdfast.components.horizon.statics import statics
from holdfast.components.programs import program
from holdfast.model.address import at_port, bracketed
from holdfast.model.catalogue import Here
from holdfast.model.config import Config
from holdfast.model.plan import PutFile
from holdfast.model.settings import Settings, merged

NAME = "horizon"
FOLDER = f"/usr/lib/holdfast/{NAME}"
PATH = f"/etc/{NAME}/settings.json"
SITE = "openstack_dashboard.settings"
"""The module that Django takes its settings from; it asks for ours."""


def _settings(here: Here) -> Settings:
    cloud, identity = here.site.cloud, here.offer("identity")
    # A worker's own first call comes from nowhere else than its own host.
    names = dict.fromkeys((*cloud.addresses, here.host.address, "localhost"))
    # Where a login leads to by default there is nothing without virtual machines but a refusal.
    home: Settings = {} if here.site.offers("compute") else {"HORIZON_CONFIG": {"user_home": "/identity/"}}
    own: Settings = {
        "main": {
            "DEBUG": False,
            "SECRET_KEY": here.site.secret(f"{NAME}.session").reveal(),
            "ALLOWED_HOSTS": ",".join(bracketed(name) for name in names),
            "OPENSTACK_KEYSTONE_URL": f"https://{at_port(identity.address, identity.port)}/v3",
            "OPENSTACK_ENDPOINT_TYPE": "internalURL",
            "OPENSTACK_SSL_CACERT": identity.ca,
            # A session in a cache would end with the host that has it, one in a database needs a schema and
            # a write for each page. In a signed cookie it is wherever its client comes to. A browser keeps
            # 4096 bytes: the token and, compressed, identity's catalogue (2575 of nine kinds, 3955 of 18).
            "SESSION_ENGINE": "django.contrib.sessions.backends.signed_cookies",
            "SESSION_COOKIE_SECURE": True,
            "CSRF_COOKIE_SECURE": True,
            "STATIC_ROOT": statics(here.site.release)["/static"],
            "COMPRESS_OFFLINE": True,
            "TIME_ZONE": "UTC",
        }
    }
    return merged(own, home)


def _json(settings: Settings) -> str:
    return json.dumps(settings, indent=1) + "\n"


def _exact(section: str, option: str) -> tuple[str, str]:
    """As Python takes names."""
    return section, option


CONFIG = Config(
    "settings.json",
    PATH,
    _settings,
    {
        ("main", "SECRET_KEY"): "sessions are signed with it, and every host must know those of the others",
        ("main", "SESSION_ENGINE"): "a session must outlive the host that it began on",
        ("main", "OPENSTACK_KEYSTONE_URL"): "identity is the cloud's own",
        ("main", "STATIC_ROOT"): "files are collected there, apart for each release",
        ("main", "COMPRESS_OFFLINE"): "what is compressed at each start is other on every host",
    },
    render=_json,
    spelling=_exact,
    group=NAME,
    mode=0o640,
    secret=True,
)


def local_settings(_here: Here) -> tuple[PutFile, ...]:
    """The package by which Horizon reads them."""
    return (
        PutFile(f"{FOLDER}/local/__init__.py", ""),
        PutFile(f"{FOLDER}/local/local_settings.py", program("horizon_settings.py")),
    )
