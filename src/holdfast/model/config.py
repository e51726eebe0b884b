"""A configuration file of a component, its options as data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from holdfast.model.plan import PutFile
from holdfast.model.settings import Settings, ini, merged

if TYPE_CHECKING:
    from holdfast.model.catalogue import Here


@dataclass(frozen=True)
class Config:
    """A configuration file whose options are data, so that the operator's own are merged last.

    `name` is what the cloud file calls it. `fixed` says of each (section, option) that Holdfast must
    control why it must; an option of "*" stands for the whole section.
    """

    name: str
    path: str
    settings: Callable[[Here], Settings]
    fixed: Mapping[tuple[str, str], str] = field(default_factory=dict)
    render: Callable[[Settings], str] = ini
    group: str = "root"
    mode: int = 0o644
    secret: bool = False

    def file(self, here: Here) -> PutFile:
        """The file as it stands on a host, the operator's options in it."""
        own = here.site.cloud.config.get(here.component.service, {}).get(self.name, {})
        text = self.render(merged(self.settings(here), own))
        return PutFile(self.path, text, group=self.group, mode=self.mode, secret=self.secret)
