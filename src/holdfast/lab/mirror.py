"""The Debian archive this machine itself uses, read from its apt sources."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from holdfast.lab.command import LabError

_ONE_LINE = re.compile(r"^deb\s+(?:\[[^\]]*\]\s+)?(?P<uri>\S+)\s+(?P<suite>\S+)\s*(?P<parts>.*)$")
_RELEASES = ("buster", "bullseye", "bookworm", "trixie", "forky", "stable", "oldstable", "testing")


@dataclass(frozen=True)
class Source:
    """One archive address with one suite, as apt knows it."""

    uri: str
    suite: str
    components: tuple[str, ...]


def parse_sources(text: str, *, deb822: bool) -> tuple[Source, ...]:
    """Every enabled binary source of one apt file, in its order."""
    return tuple(_stanzas(text) if deb822 else _lines(text))


def _lines(text: str) -> Iterator[Source]:
    for line in text.splitlines():
        found = _ONE_LINE.match(line.split("#", 1)[0].strip())
        if found:
            yield Source(found["uri"], found["suite"], tuple(found["parts"].split()))


def _stanzas(text: str) -> Iterator[Source]:
    for stanza in re.split(r"\n\s*\n", text):
        fields = _fields(stanza)
        if "deb" not in fields.get("types", "").split() or fields.get("enabled", "yes").lower() == "no":
            continue
        for uri in fields.get("uris", "").split():
            for suite in fields.get("suites", "").split():
                yield Source(uri, suite, tuple(fields.get("components", "").split()))


def _fields(stanza: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    name = ""
    for line in stanza.splitlines():
        if line.startswith("#") or not line.strip():
            continue
        if line[0].isspace():
            fields[name] = fields.get(name, "") + " " + line.strip()
        else:
            name, _, value = line.partition(":")
            name = name.strip().lower()
            fields[name] = value.strip()
    return fields


def read_sources(apt: Path = Path("/etc/apt")) -> tuple[Source, ...]:
    """All sources of this machine; `mirror+file:` lists are replaced by their first address."""
    files = [apt / "sources.list", *sorted((apt / "sources.list.d").glob("*"))]
    found = [
        source
        for file in files
        if file.is_file() and file.suffix in (".list", ".sources")
        for source in parse_sources(file.read_text(), deb822=file.suffix == ".sources")
    ]
    return tuple(Source(_resolve(source.uri), source.suite, source.components) for source in found)


def _resolve(uri: str) -> str:
    if not uri.startswith("mirror+file:"):
        return uri
    listed = Path(uri.removeprefix("mirror+file:")).read_text().split("\n")
    return next((line.split()[0] for line in listed if line.strip() and not line.startswith("#")), uri)


def debian_sources(sources: Sequence[Source], suite: str) -> tuple[Source, ...]:
    """This machine's Debian sources turned to `suite`, the main one first, then its updates and security."""
    wanted: dict[str, Source] = {}
    for source in sources:
        release, _, pocket = source.suite.replace("/", "-").partition("-")
        if release in _RELEASES and "main" in source.components and pocket in ("", "updates", "security"):
            turned = f"{suite}-{pocket}" if pocket else suite
            wanted.setdefault(turned, Source(source.uri, turned, ("main",)))
    if suite not in wanted:
        raise LabError(
            "no Debian archive among this machine's apt sources (/etc/apt/sources.list, sources.list.d): "
            f"the lab's image is Debian {suite}; add a `deb` source of Debian with the component main"
        )
    return tuple(wanted[key] for key in sorted(wanted, key=len))
