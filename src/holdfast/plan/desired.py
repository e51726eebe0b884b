"""What each host should be, component by component: the side of a plan that needs no observation."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

from holdfast.model.catalogue import Here, Placed, Site
from holdfast.model.cloud import Host
from holdfast.model.component import Component
from holdfast.model.parts import Once, Publication
from holdfast.model.plan import PutFile, Run
from holdfast.model.process import Ha, Process

SYSTEMD = "/etc/systemd/system/"
RELEASE_MARK = "release"
"""Says which release a host has whole, bytecode and all."""
HOSTS_MARK = "hosts"
"""Says which hosts the cloud had when this one was set up last."""


@dataclass(frozen=True)
class Fragment:
    """What puts `component`'s frontends behind the address."""

    component: str
    publication: Publication

    @property
    def files(self) -> tuple[PutFile, ...]:
        """The balancer's files for it."""
        return self.publication.files


@dataclass(frozen=True)
class Desired:
    """One placed component on one host. `fragments` are the balancer's, in the catalogue's order."""

    placed: Placed
    host: Host
    files: tuple[PutFile, ...]
    absent: tuple[str, ...]
    setup: tuple[Run, ...]
    processes: tuple[Process, ...]
    fragments: tuple[Fragment, ...]
    release: str

    @property
    def component(self) -> Component:
        """What it is."""
        return self.placed.component

    @cached_property
    def all_files(self) -> tuple[PutFile, ...]:
        """Own files, then those of every fragment."""
        return self.files + tuple(f for fragment in self.fragments for f in fragment.files)

    @property
    def early_files(self) -> tuple[PutFile, ...]:
        """Those that may be written at any time: all but the units that name the release they run from.

        Such a unit is written when it is switched: after the schemas, and service by service.
        """
        late = tuple(prefix for p in self.processes if p.needs_release for prefix in p.unit_files)
        return tuple(f for f in self.files if not (late and f.path.startswith(late)))

    def late_files(self, process: Process) -> tuple[PutFile, ...]:
        """The files of a unit that names its release."""
        if not process.needs_release:
            return ()
        return tuple(f for f in self.files if f.path.startswith(process.unit_files))

    def digest(self, process: Process) -> str:
        """What a process runs with: `<unit files>:<configuration>`, each a hash of hashes."""
        watched = [f for f in self.all_files if f.path.startswith(process.watches)]
        release = self.release if process.needs_release else ""
        return f"{_hash(watched, True, '')}:{_hash(watched, False, release)}"


def _hash(files: list[PutFile], unit_files: bool, extra: str) -> str:
    chosen = [f"{f.path} {f.digest}" for f in files if f.path.startswith(SYSTEMD) is unit_files]
    return sha256("\n".join([*sorted(chosen), extra]).encode()).hexdigest()[:16]


def mark_of(placed: Placed, once: Once) -> str:
    """The name under which a host records that run-once work is done."""
    return f"{placed.name}.{once.id}"


def desired(here: Here) -> Desired:
    """What one component wants of one host."""
    component = here.component
    return Desired(
        placed=here.placed,
        host=here.host,
        files=here.files,
        absent=component.absent(here),
        setup=component.setup(here) + _compiled(here.site, component) + _remembered(here),
        processes=here.processes,
        fragments=_fragments(here),
        release=here.site.release.digest if component.uses_release else "",
    )


def _remembered(here: Here) -> tuple[Run, ...]:
    """Members of a quorum remember which hosts there are, so that one that is gone is noticed."""
    if not any(process.ha is Ha.QUORUM for process in here.processes):
        return ()
    return (Run(("true",), mark=HOSTS_MARK, digest=" ".join(host.name for host in here.site.cloud.hosts)),)


def _fragments(here: Here) -> tuple[Fragment, ...]:
    publish = here.component.publish
    if publish is None:
        return ()
    published = (placed for placed in here.site.placed if placed.component.frontends)
    return tuple(Fragment(placed.name, publish(here, placed)) for placed in published)


def _compiled(site: Site, component: Component) -> tuple[Run, ...]:
    """Bytecode that came with the archive is only looked over; without it each start would pay for it.

    Once on a host: each of its services asks for it, and with many of them it would take longest of all.
    """
    if not component.uses_release:
        return ()
    argv = ("/usr/bin/python3", "-m", "compileall", "-q", "-j", "0", f"{site.release.path}/lib")
    # compileall ends with 1 over a single file of another language level, which is no failure here.
    return (
        Run(
            (
                "sh",
                "-c",
                'test -e "$0" || { "$@" || true; touch "$0"; }',
                f"{site.release.path}/whole",
                *argv,
            ),
            mark=RELEASE_MARK,
            digest=site.release.digest,
            timeout=300,
        ),
    )
