"""Nova: virtual machines, from the API that takes the wish to the host that runs them."""

from __future__ import annotations

from holdfast.components.nova.apis import API, METADATA
from holdfast.components.nova.cells import CELLS
from holdfast.components.nova.compute import COMPUTE, ON_HOST
from holdfast.components.nova.console import CONSOLE
from holdfast.components.nova.settings import NAME
from holdfast.components.nova.workers import WORKERS
from holdfast.model.service import service

SERVICE = service(NAME, API, METADATA, *WORKERS, CONSOLE, ON_HOST, CELLS, roles=(COMPUTE,))
