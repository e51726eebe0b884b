"""What must hold between the parts of a cloud file: each rule yields every error it finds, with its place."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property

from holdfast.model.cloudfile.errors import CloudFileError
from holdfast.model.cloudfile.tree import Items, Path, Scalar, Table, Tree, at, place_of
from holdfast.model.component import Component
from holdfast.model.config import Config
from holdfast.model.failover import in_class
from holdfast.model.role import CONTROLLER, Role
from holdfast.model.service import Service, brought

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]*")
"""Sections and options of the operator's own, as they may stand in any file."""


@dataclass(frozen=True)
class Vocabulary:
    """The words that a cloud file may use: all services there are, known `series`, faults and operations.

    Of series, faults and operations any may pass where none is given.
    """

    services: Sequence[Service]
    series: Sequence[str] = ()
    faults: Sequence[str] = ()
    operations: Sequence[str] = ()

    @cached_property
    def roles(self) -> Mapping[str, Role]:
        """Every role that a service declares, by its name."""
        return {role.name: role for service in self.services for role in service.roles}

    @cached_property
    def components(self) -> tuple[Component, ...]:
        """Every part of every service."""
        return tuple(part for service in self.services for part in service.parts)

    def expanded(self, roles: Iterable[str]) -> frozenset[str]:
        """The roles, `controller` replaced by all that it takes together."""
        named = set(roles)
        if CONTROLLER in named:
            named |= {role.name for role in self.roles.values() if role.in_controller}
        return frozenset(named - {CONTROLLER})


@dataclass(frozen=True)
class Reading:
    """A cloud file as read so far: its tree, and the paths where the schema found an error already."""

    tree: Tree
    bad: frozenset[Path]
    words: Vocabulary

    def text(self, *path: str | int) -> str | None:
        """A value that the schema accepted; None where there is none."""
        found = at(self.tree, path)
        return found.text if isinstance(found, Scalar) and path not in self.bad else None

    def given(self, *path: str | int) -> bool:
        """Whether anything stands there."""
        found = at(self.tree, path)
        return found is not None and not (isinstance(found, Scalar) and found.text is None)

    def length(self, *path: str | int) -> int:
        """How many items a list has; 0 where there is no list."""
        found = at(self.tree, path)
        return len(found.items) if isinstance(found, Items) else 0

    def keys(self, *path: str | int) -> tuple[str, ...]:
        """A mapping's keys."""
        found = at(self.tree, path)
        return tuple(found.keys) if isinstance(found, Table) else ()

    def error(self, path: Path, what: str, why: str, cure: str, *, key: bool = False) -> CloudFileError:
        """An error at the place of a value, or of its key."""
        place = place_of(self.tree, path, key=key)
        return CloudFileError(place.line, place.column, what, why, cure)


def meant(word: str, known: Iterable[str]) -> str:
    """The cure for an unknown word: the one that was likely meant, or all there are."""
    names = sorted(known)
    close = get_close_matches(word, names, 1) if len(word) <= 64 else []
    return f"did you mean '{close[0]}'?" if close else f"use one of: {', '.join(names)}"


def _host_names(r: Reading) -> Iterator[CloudFileError]:
    taken = {"localhost": "the machine itself has that name"}
    if cloud := r.text("name"):
        taken[cloud] = "the cloud has that name, which every host knows as the address's"
    for i in range(r.length("hosts")):
        path = ("hosts", i, "name")
        if (name := r.text(*path)) is None:
            continue
        if name in taken:
            yield r.error(path, f"the name '{name}' is taken", taken[name], "give this host another name")
        else:
            line = place_of(r.tree, path).line
            taken[name] = f"the host on line {line} has it, and a name must mean one host"


def _known_roles(r: Reading) -> Iterator[CloudFileError]:
    known = {CONTROLLER, *r.words.roles}
    for i in range(r.length("hosts")):
        for n in range(r.length("hosts", i, "roles")):
            path = ("hosts", i, "roles", n)
            if (text := r.text(*path)) is not None and text not in known:
                why = "no service runs on hosts of such a role"
                yield r.error(path, f"unknown role '{text[:64]}'", why, meant(text, known))


def roles_of(r: Reading, i: int) -> frozenset[str] | None:
    """The roles of one host, expanded; None where they could not be read."""
    count = r.length("hosts", i, "roles")
    texts = [r.text("hosts", i, "roles", n) for n in range(count)]
    if not texts or None in texts:
        return None
    return r.words.expanded(text for text in texts if text)


def _held(r: Reading) -> Counter[str] | None:
    """How many hosts hold each role; None where any host's roles could not be read."""
    held: Counter[str] = Counter()
    for i in range(r.length("hosts")):
        if (roles := roles_of(r, i)) is None:
            return None
        held.update(roles)
    return held or None


def _quorums(r: Reading) -> Iterator[CloudFileError]:
    held = _held(r) or Counter()
    even: dict[int, list[str]] = {}
    for role in sorted(name for name, role in r.words.roles.items() if role.quorum):
        if held[role] and held[role] % 2 == 0:
            even.setdefault(held[role], []).append(role)
    for count, roles in even.items():
        yield r.error(
            ("hosts",),
            f"{count} hosts hold the role {' and '.join(roles)}: an even number",
            "a quorum of an even number survives no more losses than one member less, and splits in halves",
            "give the role to one host more or one less, so that 1, 3 or 5 hold it",
            key=True,
        )


def _too_many(r: Reading) -> Iterator[CloudFileError]:
    """A part that bears only so many hosts: the first one too many is where the error stands."""
    told: set[str] = set()
    for _, _, part in wanted(r):
        role, most = part.role, part.most
        if role is None or most is None or role in told:
            continue
        told.add(role)
        holders = [i for i in range(r.length("hosts")) if role in (roles_of(r, i) or ())]
        if len(holders) > most:
            what = f"{len(holders)} hosts hold the role '{role}'"
            why = f"{part.name} bears {most} at most"
            cure = f"give '{role}' to {most} hosts or fewer, and to the others the roles they need beside it"
            yield r.error(("hosts", holders[most], "roles"), what, why, cure, key=True)


def _services(r: Reading) -> Iterator[CloudFileError]:
    known = {service.name for service in r.words.services}
    offered = {service.name for service in r.words.services if service.published} or known
    seen: set[str] = set()
    for i in range(r.length("services")):
        path = ("services", i)
        if not (name := r.text(*path)):
            continue
        if name not in known:
            why = "the catalogue holds no such service"
            yield r.error(path, f"unknown service '{name[:64]}'", why, meant(name, offered))
        elif name in seen:
            why = "it is wanted above already"
            yield r.error(path, f"the service '{name}' is given twice", why, "remove one of them")
        seen.add(name)


def wanted(r: Reading) -> Iterator[tuple[Path, str, Component]]:
    """Each part that some service brings: where the service stands, its name, the part."""
    by_name = {service.name: service for service in r.words.services}
    for i in range(r.length("services")):
        path = ("services", i)
        if (name := r.text(*path)) in by_name:
            for part in brought(r.words.services, [by_name[name]]):
                yield path, name, part


def _roles_held(r: Reading) -> Iterator[CloudFileError]:
    if (held := _held(r)) is None:
        return
    missing: set[str] = set()
    for path, start, part in wanted(r):
        role = part.role
        if role is None or held[role] or role in missing:
            continue
        missing.add(role)
        needs = "" if part.service == start else f" needs {part.service}, which"
        declared = r.words.roles.get(role)
        cure = f"give '{role}' (or '{CONTROLLER}') to hosts"
        yield r.error(
            path,
            f"no host holds the role '{role}'",
            f"{start}{needs} runs on the hosts of that role",
            cure if declared is None or declared.in_controller else f"give '{role}' to hosts",
        )


def _promises(r: Reading) -> Iterator[CloudFileError]:
    faults, kinds = r.words.faults, r.words.operations
    for fault in r.keys("promises"):
        if faults and fault not in faults:
            what, why = f"unknown fault '{fault[:64]}'", "no drill injects it"
            yield r.error(("promises", fault), what, why, meant(fault, faults), key=True)
        for kind in r.keys("promises", fault):
            if kinds and not any(in_class(known, kind) for known in kinds):
                what, why = f"unknown class of operation '{kind[:64]}'", "no workload does it"
                yield r.error(("promises", fault, kind), what, why, meant(kind, kinds), key=True)


def _config(r: Reading) -> Iterator[CloudFileError]:
    """The operator's own options: of files that there are, and of none that Holdfast must control."""
    by_name = {service.name: service for service in r.words.services}
    for name in r.keys("config"):
        path: Path = ("config", name)
        if name not in by_name:
            why = "the catalogue holds no such service"
            yield r.error(path, f"unknown service '{name[:64]}'", why, meant(name, by_name), key=True)
            continue
        configs = {config.name: config for part in by_name[name].parts for config in part.configs}
        for file in r.keys(*path):
            if file in configs:
                yield from _options(r, (*path, file), configs[file])
                continue
            what = f"{name} has no file '{file[:64]}' that takes options"
            cure = meant(file, configs) if configs else f"remove '{name}' from `config`"
            yield r.error((*path, file), what, "such options would change nothing", cure, key=True)


def _options(r: Reading, path: Path, config: Config) -> Iterator[CloudFileError]:
    for section in r.keys(*path):
        for option in r.keys(*path, section):
            place, value = (*path, section, option), r.text(*path, section, option) or ""
            if not (_NAME.fullmatch(section) and _NAME.fullmatch(option) and value.isprintable()):
                what = f"an option of {config.name} would not stand alone on its line"
                why = "what stands beside it would be read as an option of its own"
                cure = "give names of letters, digits, `_`, `.`, `:` and `-`, and a value of one line"
                yield r.error(place, what, why, cure, key=True)
            elif fixed := config.why_fixed(section, option):
                what = f"[{section}] {option} of {config.name} cannot be set here"
                yield r.error(place, what, fixed, "remove the option", key=True)


def _release(r: Reading) -> Iterator[CloudFileError]:
    series = r.text("release")
    if r.words.series and series and series not in r.words.series:
        what, why = f"unknown release '{series[:64]}'", "Holdfast has no lock for it"
        yield r.error(("release",), what, why, meant(series, r.words.series))


def _secrets(r: Reading) -> Iterator[CloudFileError]:
    known = {n for c in r.words.components for n in c.all_secrets if not n.startswith("key.")}
    for name in r.keys("secrets"):
        path = ("secrets", name)
        if known and name not in known:
            why = "no service uses a secret of that name, so yours would count for nothing"
            yield r.error(path, f"unknown secret '{name[:64]}'", why, meant(name, known), key=True)
        sources = [key for key in ("env", "command") if r.given(*path, key)]
        if len(sources) != 1 and path not in r.bad and isinstance(at(r.tree, path), Table):
            what = f"the secret '{name[:64]}' has {'two sources' if sources else 'no source'}"
            yield r.error(path, what, "it comes from exactly one", "give `env` or `command`", key=True)


RULES: tuple[Callable[[Reading], Iterator[CloudFileError]], ...] = (
    _host_names,
    _known_roles,
    _quorums,
    _too_many,
    _services,
    _roles_held,
    _promises,
    _release,
    _secrets,
    _config,
)
