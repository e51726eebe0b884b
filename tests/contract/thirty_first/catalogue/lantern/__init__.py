"""Lantern: a made-up service that keeps one lamp burning, with an API and keepers on a shore of their own."""

from __future__ import annotations

from holdfast.components.lantern.api import API
from holdfast.components.lantern.keeper import KEEPER, SHORE

from holdfast.model.service import service

SERVICE = service("lantern", API, KEEPER, roles=(SHORE,))
