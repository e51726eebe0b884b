"""Horizon: the dashboard, on every API host behind the address; it keeps nothing of its own anywhere."""

from __future__ import annotations

from holdfast.components.horizon.settings import CONFIG, NAME, SITE, local_settings
from holdfast.components.horizon.statics import collected, statics
from holdfast.model.catalogue import Here
from holdfast.model.component import Component
from holdfast.model.plan import Run
from holdfast.model.service import service
from holdfast.openstack.api import Wsgi, balanced

LOGIN = "/auth/login/"


def _setup(here: Here) -> tuple[Run, ...]:
    files = (CONFIG.file(here), *local_settings(here))
    return collected(here, (file.content for file in files))


COMPONENT = balanced(
    Component(
        name=NAME,
        role=None,
        summary="the dashboard",
        configs=(CONFIG,),
        files=local_settings,
        setup=_setup,
        secrets=(f"{NAME}.session",),
        users=(NAME,),
    ),
    "dashboard",
    Wsgi(
        "openstack_dashboard.wsgi",
        443,
        f"DJANGO_SETTINGS_MODULE={SITE}",
        "",
        LOGIN,
        first_answers=("200",),
        uses=("identity",),
        statics=statics,
    ),
)

SERVICE = service(NAME, COMPONENT)
