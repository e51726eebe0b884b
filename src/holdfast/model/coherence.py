"""What must hold between the parts of a cloud file: each rule yields every error it finds, with its place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from holdfast.model.cloud import QUORUM_ROLES, SINGLE_ROLES, Role
from holdfast.model.clouderror import CloudFileError
from holdfast.model.component import FOUNDATIONS, Component
from holdfast.model.yamltree import Items, Path, Scalar, Table, Tree, at, place_of


@dataclass(frozen=True)
class Reading:
    """A cloud file as read so far: its tree, and the paths where the schema found an error already."""

    tree: Tree
    bad: frozenset[Path]
    catalogue: Sequence[Component]
    series: Sequence[str] = ()

    def text(self, *path: str | int) -> str | None:
        """A value that the schema accepted; None where there is none."""
        found = at(self.tree, path)
        return found.text if isinstance(found, Scalar) and path not in self.bad else None

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


def _roles(r: Reading, i: int) -> frozenset[Role] | None:
    """The roles of one host, expanded; None where they could not be read."""
    count = r.length("hosts", i, "roles")
    texts = [r.text("hosts", i, "roles", n) for n in range(count)]
    if not texts or None in texts:
        return None
    roles = frozenset(Role(text) for text in texts if text)
    return SINGLE_ROLES if Role.CONTROLLER in roles else roles


def _held(r: Reading) -> Counter[Role] | None:
    """How many hosts hold each role; None where any host's roles could not be read."""
    held: Counter[Role] = Counter()
    for i in range(r.length("hosts")):
        if (roles := _roles(r, i)) is None:
            return None
        held.update(roles)
    return held or None


def _quorums(r: Reading) -> Iterator[CloudFileError]:
    held = _held(r) or Counter()
    even: dict[int, list[str]] = {}
    for role in sorted(QUORUM_ROLES):
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


def _services(r: Reading) -> Iterator[CloudFileError]:
    known = {c.name for c in r.catalogue}
    offered = {c.name for c in r.catalogue if any(f.http for f in c.frontends)} or known
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


def _wanted(r: Reading) -> Iterator[tuple[Path, str, Component]]:
    """Each component that some service needs: where the service stands, its name, the component."""
    by_name = {c.name: c for c in r.catalogue}
    starts: list[tuple[Path, str]] = [
        (("services", i), name) for i in range(r.length("services")) if (name := r.text("services", i))
    ]
    starts += [(("hosts",), c.name) for c in r.catalogue if c.capability in FOUNDATIONS]
    seen: set[str] = set()
    for path, start in starts:
        open_names = [start]
        while open_names:
            name = open_names.pop(0)
            if name in by_name and name not in seen:
                seen.add(name)
                open_names += by_name[name].needs
                yield path, start, by_name[name]


def _roles_held(r: Reading) -> Iterator[CloudFileError]:
    if (held := _held(r)) is None:
        return
    missing: set[Role] = set()
    for path, start, component in _wanted(r):
        role = component.role
        if role is None or held[role] or role in missing:
            continue
        missing.add(role)
        needs = "" if component.name == start else f" needs {component.name}, which"
        yield r.error(
            path,
            f"no host holds the role '{role}'",
            f"{start}{needs} runs on the hosts of that role",
            f"give '{role}' (or '{Role.CONTROLLER}') to hosts",
        )


def _promises(r: Reading) -> Iterator[CloudFileError]:
    pairs = [(leg.fault, leg.kind) for c in r.catalogue for leg in c.legs]
    pairs += [(promise.fault, promise.kind) for c in r.catalogue for promise in c.promises]
    faults, kinds = {fault for fault, _ in pairs}, {kind for _, kind in pairs}
    if not pairs:
        return
    for fault in r.keys("promises"):
        if fault not in faults:
            what, why = f"unknown fault '{fault[:64]}'", "no drill injects it"
            yield r.error(("promises", fault), what, why, meant(fault, faults), key=True)
        for kind in r.keys("promises", fault):
            if kind not in kinds:
                what, why = f"unknown class of operation '{kind[:64]}'", "no workload does it"
                yield r.error(("promises", fault, kind), what, why, meant(kind, kinds), key=True)


def _release(r: Reading) -> Iterator[CloudFileError]:
    series = r.text("release")
    if r.series and series and series not in r.series:
        what, why = f"unknown release '{series[:64]}'", "Holdfast has no lock for it"
        yield r.error(("release",), what, why, meant(series, r.series))


def _secrets(r: Reading) -> Iterator[CloudFileError]:
    known = {n for c in r.catalogue for n in c.secrets if not n.startswith("key.")}
    known |= {f"database.{d.name}" for c in r.catalogue for d in c.databases}
    known |= {f"bus.{b.name}" for c in r.catalogue for b in c.buses}
    for name in r.keys("secrets"):
        path = ("secrets", name)
        if known and name not in known:
            why = "no service uses a secret of that name, so yours would count for nothing"
            yield r.error(path, f"unknown secret '{name[:64]}'", why, meant(name, known), key=True)
        given = {"env", "command"} & set(r.keys(*path))
        if len(given) != 1 and path not in r.bad and isinstance(at(r.tree, path), Table):
            what = f"the secret '{name[:64]}' has {'two sources' if given else 'no source'}"
            yield r.error(path, what, "it comes from exactly one", "give `env` or `command`", key=True)


RULES: tuple[Callable[[Reading], Iterator[CloudFileError]], ...] = (
    _host_names,
    _quorums,
    _services,
    _roles_held,
    _promises,
    _release,
    _secrets,
)
