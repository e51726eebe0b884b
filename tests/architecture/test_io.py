"""Who may touch files, processes and connections: docs/adr/0002-where-io-lives.md, held by the source."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from enum import Flag, auto

import pytest
from clouds import sites
from source import Source, sources


class Io(Flag):
    """What a file may do itself."""

    NOTHING = 0
    FILES = auto()
    PROCESSES = auto()
    CONNECTIONS = auto()


ALL = Io.FILES | Io.PROCESSES | Io.CONNECTIONS
ALLOWED = {
    "hosts/": ALL,
    "lab/": ALL,
    "front/": ALL,
    "journal.py": Io.FILES,
    "vault.py": Io.FILES | Io.PROCESSES,
    "strongbox.py": Io.FILES,
    "unlock.py": Io.FILES | Io.PROCESSES,
    "certificates.py": Io.FILES,
    "artefact.py": Io.FILES | Io.PROCESSES,
    "model/cloudfile/reader.py": Io.FILES,
    "model/planfile.py": Io.FILES,
    "probes/sessions/": Io.CONNECTIONS,
    "drill/workloads/": Io.CONNECTIONS,
    "drill/history.py": Io.FILES,
    "drill/files.py": Io.FILES,
    "drill/collect.py": Io.FILES,
    "drill/runner.py": Io.FILES,
    "drill/load.py": Io.FILES | Io.PROCESSES,
    # Programs for hosts, read as text and never imported.
    "components/programs/database_check.py": ALL,
    "components/programs/identity_health.py": ALL,
    "components/programs/bus_definitions.py": Io.FILES | Io.PROCESSES,
    "components/programs/ceph_mon.py": Io.FILES | Io.PROCESSES,
    "components/programs/ceph_osd.py": Io.FILES | Io.PROCESSES,
    "components/programs/ceph_store.py": Io.FILES | Io.CONNECTIONS,
    "components/programs/etcd_join.py": Io.FILES | Io.CONNECTIONS,
    "components/programs/sealed_cache.py": Io.NOTHING,
    "components/programs/firewall.py": Io.FILES | Io.PROCESSES,
    "components/programs/ovn_switch.py": Io.FILES | Io.PROCESSES,
    "components/programs/one_holder.py": ALL,
    "components/programs/one_writer.py": Io.FILES | Io.CONNECTIONS,
    "components/programs/database_start.py": Io.FILES | Io.CONNECTIONS,
    "components/programs/identity_register.py": Io.CONNECTIONS,
    "components/programs/identity_registered.py": Io.CONNECTIONS,
    "components/programs/nova_mapped.py": Io.CONNECTIONS,
    "components/programs/horizon_settings.py": Io.FILES,
    "components/programs/heat_abandoned.py": Io.FILES | Io.CONNECTIONS,
    "openstack/programs/rotation.py": Io.FILES | Io.CONNECTIONS,
    "openstack/programs/served_api.py": Io.FILES | Io.CONNECTIONS,
}
MODULES = {
    **dict.fromkeys(("socket", "ssl", "asyncssh", "httpx", "requests", "pymysql", "pika"), Io.CONNECTIONS),
    **dict.fromkeys(("http.client", "http.server", "urllib.request", "smtplib"), Io.CONNECTIONS),
    **dict.fromkeys(("subprocess", "multiprocessing", "pty"), Io.PROCESSES),
    **dict.fromkeys(("shutil", "tempfile", "fcntl", "fileinput", "sqlite3", "glob"), Io.FILES),
}
CALLS = {
    **dict.fromkeys(("read_text", "read_bytes", "write_text", "write_bytes", "mkdir", "rmdir"), Io.FILES),
    **dict.fromkeys(("unlink", "touch", "iterdir", "rglob", "symlink_to", "chmod", "is_file"), Io.FILES),
    **dict.fromkeys(("exists", "is_dir", "readlink", "stat", "lstat", "rename"), Io.FILES),
    **dict.fromkeys(("create_subprocess_exec", "create_subprocess_shell", "execvp", "fork"), Io.PROCESSES),
    **dict.fromkeys(("open_connection", "create_connection", "start_server"), Io.CONNECTIONS),
}


def asked_on_hosts() -> frozenset[str]:
    """Names of the functions that are sent to hosts, by the catalogue itself."""
    places = [here for site in sites().values() for here in site.places]
    questions = [q for here in places for q in here.component.facts(here)]
    questions += [p.health for here in places for p in here.processes]
    questions += [w.holds for here in places for w in here.component.once(here) if w.holds is not None]
    return frozenset(f"{q.ask.__module__}.{q.ask.__qualname__}" for q in questions)


def deeds(source: Source, exempt: frozenset[str] = frozenset()) -> Iterator[tuple[int, str, Io]]:
    """(line, what, kind) of each thing in a file that does I/O, those in exempt functions left out."""
    module = "holdfast." + source.name.removesuffix(".py").replace("/", ".")
    for top in source.tree.body:
        if not (isinstance(top, ast.FunctionDef) and f"{module}.{top.name}" in exempt):
            yield from _in(top)


def _in(top: ast.AST) -> Iterator[tuple[int, str, Io]]:
    for node in ast.walk(top):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}", *(f"{node.module}.{alias.name}" for alias in node.names)]
        for name in names:
            for known, kind in MODULES.items():
                if name == known or name.startswith(f"{known}."):
                    yield node.lineno, f"imports {name}", kind
        if isinstance(node, ast.Call) and not _of_the_package(node):
            yield from _call(node)


def _call(node: ast.Call) -> Iterator[tuple[int, str, Io]]:
    function = node.func
    if isinstance(function, ast.Name) and function.id == "open":
        yield node.lineno, "calls open", Io.FILES
    elif isinstance(function, ast.Attribute):
        if function.attr in CALLS:
            yield node.lineno, f"calls .{function.attr}", CALLS[function.attr]
        elif function.attr == "open" and len(node.args) < 2 and not node.keywords:
            yield node.lineno, "calls .open", Io.FILES


def _of_the_package(node: ast.Call) -> bool:
    """importlib.resources: what comes with the package is code."""
    return any(isinstance(each, ast.Name) and each.id == "resources" for each in ast.walk(node.func))


def allowed(source: Source) -> Io:
    rights = [io for place, io in ALLOWED.items() if source.name == place or source.name.startswith(place)]
    return rights[0] if rights else Io.NOTHING


def test_io_is_where_it_may_be() -> None:
    wrong = [
        f"{source.name}:{line} {what} ({kind.name})"
        for source in sources()
        for line, what, kind in deeds(source, asked_on_hosts())
        if not kind & allowed(source)
    ]
    assert wrong == []


@pytest.mark.parametrize(
    "text",
    [
        "import subprocess",
        "def f():\n    from socket import socket",
        "from urllib import request",
        "import http.client",
        "open('x')",
        "with path.open('a') as f: pass",
        "path.write_text('')",
        "path.parent.mkdir()",
        "asyncio.create_subprocess_exec('ls')",
    ],
)
def test_planted_io_is_seen(text: str) -> None:
    class Planted(Source):
        name = "plan/planted.py"

    planted = Planted(sources()[0].path)
    planted.__dict__["tree"] = ast.parse(text)
    assert list(deeds(planted))


def test_the_record_names_every_place() -> None:
    from source import ROOT

    record = (ROOT.parent.parent / "docs/adr/0002-where-io-lives.md").read_text()
    places = [
        p
        for p in ALLOWED
        if "/programs/" not in p and not p.startswith("components/") and (ROOT / p).exists()
    ]
    assert [p for p in places if p not in record] == []
