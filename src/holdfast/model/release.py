"""A release is one locked set of OpenStack's packages."""

from __future__ import annotations

from dataclasses import dataclass

PYTHON = "3.13"
"""Of Debian 13, which hosts run."""


@dataclass(frozen=True)
class Release:
    """`archive` is its file here, `path` its folder on hosts: a unit names the one that it runs from."""

    series: str
    digest: str
    archive: str

    @property
    def path(self) -> str:
        """Where hosts keep this very release."""
        return f"/opt/holdfast/releases/{self.series}-{self.digest}"

    @property
    def python(self) -> str:
        """Its interpreter, by which everything in it is run."""
        return f"{self.path}/bin/python3"

    @property
    def data(self) -> str:
        """Where its packages have put their files that are no modules: `etc/nova`, say, is in it."""
        return f"{self.path}/lib/python{PYTHON}/site-packages"
