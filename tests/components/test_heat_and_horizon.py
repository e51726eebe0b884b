"""What is peculiar to stacks and to the dashboard: who knows which secret, and what the reader gives."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from clouds import sites
from shipped import shipped

from holdfast.model.catalogue import Here
from holdfast.model.config import Config

KINDS_IN_A_COOKIE = 18
"""Of endpoints: more of them, and a session is larger than the 4096 bytes that a browser keeps."""


def place(name: str) -> Here:
    return next(here for here in sites()["whole"].places if here.component.name == name)


def config(name: str) -> Config:
    (found,) = place(name).component.configs
    return found


def told(name: str) -> str:
    return config(name).file(place(name)).content


@pytest.mark.parametrize("part", ["heat-api", "heat-api-cfn"])
def test_an_api_knows_neither_the_database_nor_what_stacks_are_sealed_with(part: str) -> None:
    text = told(part)
    assert "mysql" not in text and "auth_encryption_key" not in text and "stack_domain_admin" not in text
    units = "".join(file.content for file in place(part).files if file.path.endswith(".service"))
    assert f"HOLDFAST_ARGUMENT=--config-file=/etc/{part}/heat.conf" in units


def test_the_engine_comes_as_a_trustee_without_a_project() -> None:
    trustee = told("heat-engine").partition("[trustee]\n")[2].partition("\n[")[0]
    assert "username = heat\n" in trustee and "project" not in trustee


def test_a_registration_of_a_domain_is_told_and_asked_about() -> None:
    keystone = place("keystone")
    work = next(w for w in keystone.component.once(keystone) if w.id == "services")
    said = json.loads(work.stdin)
    assert said["users"]["heat_domain_admin"]["domain"] == "heat" and said["roles"] == ["heat_stack_user"]
    assert work.holds is not None
    asked = work.holds.arguments
    assert ["heat_domain_admin", "admin", "the domain heat"] in asked["assignments"]
    assert asked["roles"] == ["heat_stack_user"]


def test_horizon_may_be_named_by_its_addresses_alone() -> None:
    here = place("horizon")
    settings = json.loads(told("horizon"))["main"]
    hosts = settings["ALLOWED_HOSTS"].split(",")
    assert set(hosts) == {*here.site.cloud.addresses, here.host.address, "localhost"}
    assert settings["STATIC_ROOT"].endswith(here.site.release.digest)


def test_a_session_fits_into_a_cookie() -> None:
    wanted = (each.kind for here in sites()["whole"].places for each in here.component.registrations)
    assert len({"identity", *filter(None, wanted)}) <= KINDS_IN_A_COOKIE, (
        "the dashboard's sessions need a store"
    )


def test_files_are_collected_anew_for_other_settings() -> None:
    here = place("horizon")
    (work,) = here.component.setup(here)
    other = next(h for h in here.site.places if h.component.name == "horizon" and h.host is not here.host)
    (elsewhere,) = other.component.setup(other)
    assert work.digest != elsewhere.digest and work.mark == elsewhere.mark


@pytest.fixture
def horizon(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The reader of the settings, beside a Horizon in memory."""
    enabled = ModuleType("openstack_dashboard.local.enabled")
    enabled.__path__ = ["its own"]
    defaults: Any = ModuleType("openstack_dashboard.defaults")
    defaults.POLICY_FILES, defaults.DEFAULT_POLICY_FILES = {"identity": "i"}, {"identity": "d"}
    dashboard: Any = ModuleType("openstack_dashboard")
    local: Any = ModuleType("openstack_dashboard.local")
    heat = ModuleType("heat_dashboard")
    heat.__file__ = "/release/heat_dashboard/__init__.py"
    settings: Any = ModuleType("openstack_dashboard.settings")
    settings.HORIZON_CONFIG = {"user_home": "compute", "plugins": []}
    dashboard.defaults, dashboard.local, local.enabled = defaults, local, enabled
    dashboard.settings = settings
    for module in (enabled, defaults, dashboard, local, heat, settings):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    sections = {**json.loads(told("horizon")), "HORIZON_CONFIG": {"user_home": "/identity/"}}
    monkeypatch.setattr(Path, "read_text", lambda _path: json.dumps(sections))
    return shipped("horizon_settings")


def test_the_reader_gives_settings_alone_and_hides_none_of_horizons_names(horizon: ModuleType) -> None:
    assert "enabled" not in horizon.__all__ and "defaults" not in horizon.__all__
    assert {"SECRET_KEY", "ALLOWED_HOSTS", "POLICY_FILES", "CACHES"} <= set(horizon.__all__)
    assert isinstance(horizon.ALLOWED_HOSTS, list)


def test_the_panels_of_stacks_are_beside_horizons_own(horizon: ModuleType) -> None:
    assert horizon.enabled.__path__ == ["its own", "/release/heat_dashboard/enabled"]
    assert set(horizon.POLICY_FILES) == {"identity", "orchestration"}


def test_a_section_is_put_into_the_setting_that_horizon_has(horizon: ModuleType) -> None:
    assert horizon.HORIZON_CONFIG == {"user_home": "/identity/", "plugins": []}
