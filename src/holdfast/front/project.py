"""A project: one cloud file with the folder beside it that holds its secrets, journal and drills."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from holdfast.artefact import known_series, release_of
from holdfast.components import catalogue, catalogue_of, services
from holdfast.front.exits import own_folder
from holdfast.front.machines import lab_spec
from holdfast.hosts.transport import Transport
from holdfast.journal import Journal
from holdfast.lab.lab import Lab
from holdfast.model.catalogue import Site
from holdfast.model.cloud import Cloud
from holdfast.model.cloudfile.coherence import Vocabulary
from holdfast.model.component import Component
from holdfast.model.errors import BadInput
from holdfast.model.secret import Secret

if TYPE_CHECKING:
    from holdfast.certificates import Certificates
    from holdfast.hosts.login import Login


HERE = Path("cloud.yaml")
STDIN = Path("-")
"""A cloud file that is read from standard input; what belongs to it is kept in the current folder."""


class NoCloudFile(BadInput):
    """There is no cloud file to work with; the text says where it was looked for and the cure."""


def cache_folder() -> Path:
    """Where images and release archives are kept between clouds: they can be made again at any time."""
    if os.geteuid() == 0:
        return Path("/var/cache/holdfast")
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "holdfast"


def remembered_cloud() -> Path:
    """The file that names the cloud file of the last demo."""
    return own_folder() / "demo-cloud"


def find_cloud_file(given: Path | None) -> Path:
    """The one given, else `cloud.yaml` here, else the one the demo made. Raises NoCloudFile."""
    if given is not None:
        return given
    if HERE.exists():
        return HERE
    if remembered_cloud().exists():
        return Path(remembered_cloud().read_text().strip())
    raise NoCloudFile(
        f"no cloud file: there is no {HERE} in {Path.cwd()}, and no demo has been run; "
        "write one with `holdfast new --out cloud.yaml`, or name one with --cloud FILE"
    )


def is_remembered(path: Path) -> bool:
    """Whether the cloud file that was found without a name is the last demo's."""
    return path != HERE


@dataclass(frozen=True)
class Project:
    """A cloud file that was read and found valid, and its `text`.

    Without `keep` nothing made for it is written down; without `own` the operator's own secrets are not
    asked for, and a site is without them.
    """

    path: Path
    cloud: Cloud
    text: str
    keep: bool = True
    as_is: bool = False
    own: bool = True

    @cached_property
    def state(self) -> Path:
        """The folder beside the cloud file: secrets, certificates, journal, drills, logs."""
        return self.path.resolve().parent / ".holdfast" / self.cloud.name

    @cached_property
    def catalogue(self) -> tuple[Component, ...]:
        """The components that this cloud has, in order of need."""
        return catalogue_of(self.cloud)

    @cached_property
    def journal(self) -> Journal:
        """What was done to this cloud's hosts from this machine."""
        return Journal(self.state / "journal.jsonl")

    @cached_property
    def site(self) -> Site:
        """The cloud with its secrets and certificates, which are made at the first reading.

        Raises VaultError with every fault of them and of the key that logs in, each with its line.
        """
        from datetime import UTC, datetime

        from holdfast.front.opening import open_all, with_lines

        with with_lines(self.path, self.text):
            opened = open_all(self, datetime.now(UTC))
        return self._site(opened.secrets, opened.certificates)

    @cached_property
    def design(self) -> Site:
        """The site as rules see it: made-up secrets, the certificates that can be read; writes nothing."""
        from datetime import UTC, datetime

        from holdfast.certificates import FILE, open_certificates
        from holdfast.front.opening import with_lines
        from holdfast.vault import secret_names, stand_ins

        readable = os.access(self.state / FILE, os.R_OK)
        folder = self.state if readable else self.state / "none"
        with with_lines(self.path, self.text):
            pairs = open_certificates(self.cloud, folder, datetime.now(UTC), keep=False, as_is=True)
        return self._site(stand_ins(secret_names(self.catalogue)), pairs)

    def _site(self, secrets: Mapping[str, Secret], pairs: Certificates) -> Site:
        release = release_of(self.cloud.release, cache_folder())
        return Site(
            cloud=self.cloud,
            catalogue=self.catalogue,
            secrets=secrets,
            ca=pairs.ca,
            address_pair=pairs.address,
            host_pairs=pairs.hosts,
            release=release,
            public_pair=pairs.public,
            authority=pairs.authority,
        )

    @cached_property
    def lab(self) -> Lab:
        """The machines of this cloud on this machine; whether they run is another question."""
        return Lab(lab_spec(self.cloud), self.state / "lab")

    def transports(self) -> Mapping[str, Transport]:
        """A way to each host. Raises what `site` raises: no host is asked before all is known to be sound."""
        from holdfast.hosts.jump import Jump
        from holdfast.hosts.ssh import SshTransport

        hosts, login = self.site.cloud.hosts, self.login
        texts = {host.ssh_jump for host in hosts if host.ssh_jump and not self.in_lab}
        jumps = {text: Jump(text, login) for text in texts}
        return {host.name: SshTransport(host, login, jump=jumps.get(host.ssh_jump)) for host in hosts}

    @property
    def in_lab(self) -> bool:
        """Whether this cloud's hosts are lab hosts on this machine."""
        return (self.state / "lab/lab_key").exists()

    @cached_property
    def login(self) -> Login:
        """With the lab's key where there is a lab, else with the operator's."""
        from holdfast.hosts.login import Login

        if self.in_lab:
            return Login(self.lab.known_hosts, self.lab.ssh_key)
        named = Path(self.cloud.ssh_key) if self.cloud.ssh_key else None
        agent = os.environ.get("SSH_AUTH_SOCK", "")
        return Login(Path("~/.ssh/known_hosts").expanduser(), named, agent=agent)


def open_project(given: Path | None, *, keep: bool = True, as_is: bool = False, own: bool = True) -> Project:
    """Reads the cloud file. Raises NoCloudFile, or CloudFileErrors with all of its faults.

    Without `keep` nothing is written beside it; `as_is` takes certificates as they stand; without `own`
    the operator's own secrets are not asked for.
    """
    from holdfast.model.cloudfile.reader import read_stream, read_text, text_of

    path = find_cloud_file(given)
    text = read_stream(sys.stdin.buffer) if path == STDIN else text_of(path)
    return Project(path, read_text(text, path, vocabulary()), text, keep, as_is, own)


def vocabulary() -> Vocabulary:
    """The words that a cloud file may use, as this version of Holdfast knows them."""
    from holdfast import faults
    from holdfast.drill.workloads import deadlines
    from holdfast.probes.sessions.access import access_on_paper

    parts = catalogue()
    classes = [operation.kind for part in parts for operation in part.operations]
    kinds = dict.fromkeys((*classes, *deadlines(access_on_paper(parts))))
    return Vocabulary(services(), known_series(), faults.names(parts), tuple(kinds))
