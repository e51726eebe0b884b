"""Heat: stacks, made of whatever the other services give."""

from __future__ import annotations

from holdfast.components.heat.apis import API, CFN
from holdfast.components.heat.engine import ENGINE
from holdfast.components.heat.settings import NAME
from holdfast.model.service import service

SERVICE = service(NAME, API, CFN, ENGINE)
