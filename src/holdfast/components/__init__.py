"""The catalogue: a file or a folder for each service, found by its `SERVICE`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from holdfast.model.cloud import Cloud
from holdfast.model.component import Component
from holdfast.model.discover import discover
from holdfast.model.service import Service, brought, in_order_of_need


@cache
def services() -> tuple[Service, ...]:
    """Every service, in the order of the files' names."""
    return tuple(discover(__name__, __path__, "SERVICE", Service).values())


@cache
def catalogue() -> tuple[Component, ...]:
    """Every component of every service, those that are needed before those that need them."""
    return in_order_of_need([part for service in services() for part in service.parts])


def catalogue_of(cloud: Cloud) -> tuple[Component, ...]:
    """The components that a cloud has, in order of need. Raises KeyError as `enabled` does."""
    return tuple(component for component in enabled(cloud.services) if component.wanted(cloud))


def enabled(wanted: Sequence[str]) -> tuple[Component, ...]:
    """The parts of the services wanted, all that they need, and what every cloud has, in order of need.

    Raises KeyError on a service that the catalogue does not hold.
    """
    by_name = {service.name: service for service in services()}
    return in_order_of_need(brought(services(), [by_name[name] for name in wanted]))
