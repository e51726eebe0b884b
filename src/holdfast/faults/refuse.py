"""refuse-<unit>: a backend of the load balancer answers 503 to everything."""

from __future__ import annotations

from holdfast.faults import Fault, Hands, Target
from holdfast.faults.aiming import backend_strikes, process_targets
from holdfast.faults.aiming.deeds import on_each, run, start
from holdfast.model.failover import Effect

# Waits for the port to be free, so that hardly a moment passes between the service and its impostor.
IMPOSTOR = """
import http.server, socket, ssl, sys, time
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
class Server(http.server.ThreadingHTTPServer):
    address_family = socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET
    def finish_request(self, request, client):
        with context.wrap_socket(request, server_side=True) as closed: super().finish_request(closed, client)
context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
context.load_cert_chain(f"{sys.argv[3]}/cert.pem", f"{sys.argv[3]}/key.pem")
end = time.monotonic() + 60
while True:
    try:
        Server((sys.argv[1], int(sys.argv[2])), Refuse).serve_forever()
    except OSError:
        if time.monotonic() > end: raise
        time.sleep(0.01)
"""


def _impostor(target: Target) -> str:
    return f"holdfast-refuse-{target.unit}"


def _pair(hands: Hands, target: Target) -> str:
    """The folder of the certificate that the balancer wants to see there."""
    mine = (c.frontends for c in hands.site.catalogue if target.unit in c.units[:1])
    return next(f.pair for frontends in mine for f in frontends if f.port == target.port)


async def _replace(hands: Hands, target: Target, host: str) -> None:
    unit, address = _impostor(target), hands.site.cloud.host(host).address
    await run(hands, target, host, "systemctl", "reset-failed", unit, tolerate=True)
    program = ("/usr/bin/python3", "-I", "-c", IMPOSTOR, address, str(target.port), _pair(hands, target))
    await run(hands, target, host, "systemd-run", f"--unit={unit}", "--collect", "--quiet", "--", *program)
    # Stopped in order it would leave the rotation first, and nobody would ever meet the impostor.
    await run(hands, target, host, "systemctl", "kill", "--kill-whom=all", "--signal=KILL", target.unit)
    await run(hands, target, host, "systemctl", "stop", target.unit)


async def _restore(hands: Hands, target: Target, host: str) -> None:
    await run(hands, target, host, "systemctl", "stop", _impostor(target), tolerate=True)
    await start(hands, target, host)


async def _inject(hands: Hands, target: Target) -> None:
    await on_each(hands, target, _replace)


async def _heal(hands: Hands, target: Target) -> None:
    await on_each(hands, target, _restore)


FAULT = Fault(
    family="refuse",
    summary="a backend answers 503 to every call: an impostor takes its port",
    strikes=lambda components: backend_strikes(components, "refuse", Effect.WRONG),
    targets=process_targets,
    inject=_inject,
    heal=_heal,
)
