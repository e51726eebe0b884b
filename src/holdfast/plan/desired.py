"""What each host should be, component by component: the side of a plan that needs no observation."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

from holdfast.model.cloud import Host
from holdfast.model.component import Capability, Component, Once, Process
from holdfast.model.plan import PutFile, Run
from holdfast.model.site import LINK, Site

SYSTEMD = "/etc/systemd/"


@dataclass(frozen=True)
class Fragment:
    """The files that put `component`'s frontends behind the address."""

    component: str
    files: tuple[PutFile, ...]


@dataclass(frozen=True)
class Desired:
    """One component on one host. `fragments` are the balancer's, in the catalogue's order."""

    component: Component
    host: Host
    files: tuple[PutFile, ...]
    absent: tuple[str, ...]
    setup: tuple[Run, ...]
    processes: tuple[Process, ...]
    fragments: tuple[Fragment, ...]
    release: str

    @cached_property
    def all_files(self) -> tuple[PutFile, ...]:
        """Own files, then those of every fragment."""
        return self.files + tuple(f for fragment in self.fragments for f in fragment.files)

    def digest(self, process: Process) -> str:
        """What a process runs with: `<unit files>:<configuration>`, each a hash of hashes."""
        watched = [f for f in self.all_files if f.path.startswith(process.watches)]
        release = self.release if process.needs_release else ""
        return f"{_hash(watched, True, '')}:{_hash(watched, False, release)}"


def _hash(files: list[PutFile], unit_files: bool, extra: str) -> str:
    chosen = [f"{f.path} {f.digest}" for f in files if f.path.startswith(SYSTEMD) is unit_files]
    return sha256("\n".join([*sorted(chosen), extra]).encode()).hexdigest()[:16]


def mark_of(component: Component, once: Once) -> str:
    """The name under which a host records that run-once work is done."""
    return f"{component.name}.{once.id}"


def desired(site: Site, component: Component, host: Host) -> Desired:
    """What one component wants of one host."""
    release = site.release.digest if component.uses_release else ""
    return Desired(
        component=component,
        host=host,
        files=component.files(site, host),
        absent=component.absent(site, host),
        setup=component.setup(site, host) + _compiled(site, component),
        processes=component.processes(site, host),
        fragments=_fragments(site, component),
        release=release,
    )


def all_desired(site: Site) -> tuple[Desired, ...]:
    """Every component on every host it runs on, in order of need, then of the cloud file's hosts."""
    return tuple(desired(site, c, h) for c in site.catalogue for h in site.hosts_of(c))


def _fragments(site: Site, component: Component) -> tuple[Fragment, ...]:
    if component.capability is not Capability.BALANCER or component.publish is None:
        return ()
    return tuple(Fragment(c.name, component.publish(site, c)) for c in site.catalogue if c.frontends)


def _compiled(site: Site, component: Component) -> tuple[Run, ...]:
    """Bytecode that came with the archive is only looked over; without it each start would pay for it."""
    if not component.uses_release:
        return ()
    argv = ("/usr/bin/python3", "-m", "compileall", "-q", "-j", "0", f"{LINK}/lib")
    # compileall ends with 1 over a single file of another language level, which is no failure here.
    return (
        Run(
            ("sh", "-c", '"$@" || true', "sh", *argv), mark="release", digest=site.release.digest, timeout=300
        ),
    )
