"""Horizon's settings, read from /etc/horizon/settings.json: each section is a setting that is a mapping.

Horizon's own settings import it as `local.local_settings`, half made as they are then. What stands in the
section `main` are settings themselves, what stands in another is put into Horizon's own. Panels that come
with a package of their own are put beside Horizon's.
"""

import json
from pathlib import Path

import heat_dashboard
from openstack_dashboard import defaults, settings
from openstack_dashboard.local import enabled

SECTIONS = json.loads(Path("/etc/horizon/settings.json").read_text())
HEAT = Path(heat_dashboard.__file__).parent

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"journal": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["journal"], "level": "WARNING"},
}
# Of a page's making only: a session is in no cache.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
POLICY_FILES = {**defaults.POLICY_FILES, "orchestration": str(HEAT / "conf/heat_policy.yaml")}
DEFAULT_POLICY_FILES = {
    **defaults.DEFAULT_POLICY_FILES,
    "orchestration": str(HEAT / "conf/default_policies/heat.yaml"),
}
enabled.__path__.append(str(HEAT / "enabled"))

globals().update(SECTIONS.pop("main"))
globals().update({name: {**getattr(settings, name, {}), **more} for name, more in SECTIONS.items()})
ALLOWED_HOSTS = ALLOWED_HOSTS.split(",")  # noqa: F821 (one of main)
# Horizon takes every name that is here: one of its own that is no setting would be replaced.
__all__ = [name for name in dir() if name.isupper()]
