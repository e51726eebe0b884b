"""The role that APIs and their workers run on."""

from __future__ import annotations

from holdfast.model.role import Role

API = Role("api", "the APIs of OpenStack and their workers")
