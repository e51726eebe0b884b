"""Writes the cloud file's reference from its schema, so that the two cannot differ."""

from __future__ import annotations

from enum import StrEnum
from types import UnionType
from typing import Any, Union, get_args, get_origin

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from holdfast.components import services
from holdfast.front.starter import starter
from holdfast.model.cloudfile.reader import LARGEST
from holdfast.model.cloudfile.schema import (
    BondSection,
    CardSection,
    CloudSection,
    HostSection,
    NetworkEntry,
    NetworkSection,
    SecretSection,
    Section,
    SshSection,
    StorageSection,
    TlsSection,
)

_TITLES: dict[type[Section], str] = {
    NetworkSection: "`network`",
    NetworkEntry: "Each entry of `networks`",
    HostSection: "Each entry of `hosts`",
    CardSection: "Each entry of `cards` of a host",
    BondSection: "Each entry of `bonds` of a host",
    StorageSection: "`storage` of a host",
    SshSection: "`ssh` of a host",
    SecretSection: "Each entry of `secrets`",
    TlsSection: "`tls`",
}

_HEAD = """\
# The cloud file

Written from the schema (`src/holdfast/model/cloudfile/schema.py`) and the catalogue by
`holdfast.front.reference`; a test holds them equal. `holdfast new` writes a commented file to begin with.

A cloud file is plain YAML: keys, lists and values, without tags, anchors, aliases or a second document, in
UTF-8, at most {mib} MiB. It is read as a whole: all errors come at once, each with its line, column, reason
and cure, exit code 2, and nothing is touched. Where it cannot be read as YAML, that is the one error.
Numbers and words need no quotes: `release: 2026.2` is a text.
"""

_BETWEEN = """\
## What must hold between the parts

* Host names and addresses are unique; the cloud's own name and `localhost` are not host names.
* There is one network (`network`) or several (`networks`), each of IPv4 or of IPv6; no two overlap. Every
  purpose is on one network at most, and `management` on one exactly: it serves all that no other has.
* Each address is in its network and is not its first, nor the last of an IPv4 one. No two are the same.
* The network for management, and that for the public, has a `virtual_address`. Hosts whose role needs it have
  an address on the network for the public.
* Two cards of a host are on different interfaces, or tagged with different VLANs. A bond has members and a
  card; an interface belongs to one bond or to cards. A tagged card that is managed stands on no card that is
  not.
* The hosts with a role that decides by majority are odd in number: 1, 3, 5.
* No role is given to more hosts than what runs there bears: `at most` above.
* Every role that a service wanted, or what it needs, runs on is held by a host.
* Services, releases, faults and classes of operation in `promises`, and names in `secrets`, are known ones.
  `holdfast drill --list` names the faults.
* A secret of your own has 8 to 256 letters, digits and `. _ ~ -`; it is read each time and not kept in
  `secrets.json`. The administrator's is in `clouds.yaml` and `openrc` beside it, once you applied.
* Your own certificate belongs to its key, is in its time, names the address, and is signed by the CA given.
"""


def reference_markdown() -> str:
    """docs/cloud-file.md."""
    parts = [_HEAD.format(mib=LARGEST // 2**20), "## At the top\n", _table(CloudSection)]
    for section, title in _TITLES.items():
        parts += [f"## {title}\n", f"{section.__doc__}\n", _table(section)]
    parts += ["## Roles\n", _roles(), "## Services\n", _services()]
    parts += [_BETWEEN, "## A starter\n", f"```yaml\n{starter(3)}```\n"]
    return "\n".join(parts)


def _roles() -> str:
    """Every role of the catalogue, with what runs there."""
    rows = [
        "| role | what it is for | runs | in `controller` | odd in number | at most |",
        "|---|---|---|---|---|---|",
    ]
    for role in (role for service in services() for role in service.roles):
        parts = [
            part for service in services() for part in service.parts if role.name in (part.role, *part.also)
        ]
        most = min((part.most for part in parts if part.most), default="")
        words = ("yes" if role.in_controller else "no", "yes" if role.quorum else "", str(most))
        runs = ", ".join(part.name for part in parts)
        rows.append(f"| `{role.name}` | {role.summary} | {runs} | {' | '.join(words)} |")
    return "\n".join(rows) + "\n"


def _services() -> str:
    """Every service of the catalogue, with its files that take the operator's own options."""
    rows = ["| service | what it is | files for `config` |", "|---|---|---|"]
    for service in services():
        files = dict.fromkeys(f"`{config.name}`" for part in service.parts for config in part.configs)
        rows.append(f"| `{service.name}` | {service.parts[0].summary} | {', '.join(files)} |")
    return "\n".join(rows) + "\n"


def _table(section: type[Section]) -> str:
    rows = ["| key | value | default | meaning |", "|---|---|---|---|"]
    for name, field in section.model_fields.items():
        rows.append(f"| `{name}` | {_kind(field.annotation)} | {_default(field)} | {field.description} |")
    return "\n".join(rows) + "\n"


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "**required**"
    value = field.get_default(call_default_factory=True)
    if value is None or value is PydanticUndefined or isinstance(value, Section) or value in ([], {}):
        return ""
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _kind(annotation: Any) -> str:
    """A type in words."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if hasattr(annotation, "__metadata__"):
        return _kind(inner[0])
    if origin is list:
        return f"list of {_several(inner[0])}"
    if origin is dict:
        return f"mapping of names to {_several(inner[1])}"
    if origin in (Union, UnionType):
        return " or ".join(_kind(each) for each in inner if each is not type(None))
    return _plain_kind(annotation)


def _plain_kind(annotation: type) -> str:
    if issubclass(annotation, StrEnum):
        return "one of " + ", ".join(f"`{word}`" for word in annotation)
    if issubclass(annotation, Section):
        return "mapping"
    words = {str: "text", int: "whole number", float: "seconds", bool: "`true` or `false`"}
    return words.get(annotation, "IP address")


def _several(annotation: Any) -> str:
    word = _kind(annotation)
    return f"{word}s" if word in ("mapping", "text") else word.removeprefix("one of ")


if __name__ == "__main__":
    print(reference_markdown(), end="")
