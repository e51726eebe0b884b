"""A configuration file of a component, its options as data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from holdfast.model.plan import PutFile
from holdfast.model.settings import MAIN, Settings, ini, merged

if TYPE_CHECKING:
    from holdfast.model.catalogue import Here


def folded(section: str, option: str) -> tuple[str, str]:
    """As most programs take a name: neither case nor hyphens make it another one."""
    return section.lower(), option.lower().replace("-", "_")


def unsectioned(_section: str, option: str) -> tuple[str, str]:
    """As a program takes a name from a file without sections: all there are come together."""
    return folded(MAIN, option)


@dataclass(frozen=True)
class Config:
    """A configuration file whose options are data, so that the operator's own are merged last.

    `name` is what the cloud file calls it. `fixed` says of each (section, option) that Holdfast must
    control why it must; "*" in an option stands for anything. `spelling` gives for a section and an option
    the same words wherever the file's reader takes them for the same.
    """

    name: str
    path: str
    settings: Callable[[Here], Settings]
    fixed: Mapping[tuple[str, str], str] = field(default_factory=dict)
    render: Callable[[Settings], str] = ini
    spelling: Callable[[str, str], tuple[str, str]] = folded
    group: str = "root"
    mode: int = 0o644
    secret: bool = False

    def why_fixed(self, section: str, option: str) -> str:
        """Why nobody else may set an option, however it is spelled; "" where anybody may."""
        where, name = self.spelling(section, option)
        for known, why in self.fixed.items():
            place, pattern = self.spelling(*known)
            if place == where and fnmatchcase(name, pattern):
                return why
        return ""

    def file(self, here: Here) -> PutFile:
        """The file as it stands on a host, the operator's options in it."""
        own = here.site.cloud.config.get(here.component.service, {}).get(self.name, {})
        text = self.render(merged(self.settings(here), own))
        return PutFile(self.path, text, group=self.group, mode=self.mode, secret=self.secret)
