"""refuse-<unit>: a backend of the load balancer answers 503 to everything."""

from __future__ import annotations

from collections.abc import Mapping

from holdfast.faults import Bench, Fault, Target
from holdfast.faults.aiming import aim_unit, run, running, start, stem
from holdfast.model.observed import Observed
from holdfast.model.site import Site

PREFIX = "refuse-"

# Waits for the port to be free, so that hardly a moment passes between the service and its impostor.
IMPOSTOR = """
import http.server, sys, time
class Refuse(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def answer(self):
        length = int(self.headers.get("Content-Length") or 0)
        self.rfile.read(length)
        self.send_response(503)
        self.send_header("Content-Length", "0")
        self.end_headers()
    do_GET = do_POST = do_HEAD = do_OPTIONS = do_PUT = do_DELETE = do_PATCH = answer
    def log_message(self, *_): pass
end = time.monotonic() + 60
while True:
    try:
        http.server.ThreadingHTTPServer((sys.argv[1], int(sys.argv[2])), Refuse).serve_forever()
    except OSError:
        if time.monotonic() > end: raise
        time.sleep(0.01)
"""


def _published(site: Site) -> tuple[tuple[str, int], ...]:
    """Units that stand behind an HTTP frontend, with their port."""
    ports = {f.port for c in site.catalogue for f in c.frontends if f.http}
    found = {
        stem(process.unit): port.number
        for component, _, process in running(site)
        for port in process.ports
        if port.number in ports and any(f.port == port.number for f in component.frontends)
    }
    return tuple(found.items())


def _targets(site: Site, observed: Mapping[str, Observed | None], name: str, host: str) -> tuple[Target, ...]:
    unit = name.removeprefix(PREFIX)
    port = dict(_published(site))[unit]
    aimed = aim_unit(site, observed, name, unit, host)
    return tuple(Target(t.fault, t.host, t.unit, t.address, port) for t in aimed)


def _impostor(target: Target) -> str:
    return f"holdfast-refuse-{stem(target.unit)}.service"


async def _inject(bench: Bench, target: Target) -> None:
    unit = _impostor(target)
    await run(bench, target, "systemctl", "reset-failed", unit, tolerate=True)
    program = ("/usr/bin/python3", "-I", "-c", IMPOSTOR, target.address, str(target.port))
    await run(bench, target, "systemd-run", f"--unit={unit}", "--collect", "--quiet", "--", *program)
    await run(bench, target, "systemctl", "stop", target.unit)


async def _heal(bench: Bench, target: Target) -> None:
    await run(bench, target, "systemctl", "stop", _impostor(target), tolerate=True)
    await start(bench, target)


FAULT = Fault(
    family="refuse",
    summary="a backend answers 503 to every call: an impostor takes its port",
    names=lambda site: tuple(PREFIX + unit for unit, _ in _published(site)),
    targets=_targets,
    inject=_inject,
    heal=_heal,
)
