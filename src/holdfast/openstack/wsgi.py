"""An API as Granian serves it: on the host's own address, in several workers that end their calls first."""

from __future__ import annotations

from collections.abc import Mapping

from holdfast.model.catalogue import Here
from holdfast.model.material import pair_files
from holdfast.model.parts import Frontend
from holdfast.model.plan import PutFile
from holdfast.model.process import Caller
from holdfast.openstack.rotation import rotation_files, rotation_lines
from holdfast.openstack.unit import unit

WORKERS, THREADS = 2, 8
HEALTH_PATH = "/healthcheck"
PRIVILEGED = 1024
"""Ports below it are root's, unless one is allowed to."""
KILLED_AFTER = 5
"""Seconds that a worker has to end once it was told to."""


def tls_folder(component: str) -> str:
    """Where an API has its host's certificate and key, which it reads at its start."""
    return f"/etc/{component}/tls"


def frontend(
    name: str,
    component: str,
    port: int,
    *,
    sample_path: str = "",
    retry_path: str = "",
    check_path: str = HEALTH_PATH,
    callers: tuple[Caller, ...] = (Caller.EVERYBODY,),
) -> Frontend:
    """What the balancer publishes of an API that is served so."""
    return Frontend(
        name,
        port,
        http=True,
        check_path=check_path,
        retry_path=retry_path,
        sample_path=sample_path,
        pair=tls_folder(component),
        callers=callers,
    )


def _command(here: Here, module: str, port: int, statics: Mapping[str, str]) -> str:
    options = {
        "interface": "wsgi",
        "http": "1",
        "host": here.host.address,
        "port": port,
        "workers": WORKERS,
        "blocking-threads": THREADS,
        "ssl-certificate": f"{tls_folder(here.component.name)}/cert.pem",
        "ssl-keyfile": f"{tls_folder(here.component.name)}/key.pem",
        "ssl-protocol-min": "tls1.2",
        "respawn-interval": 0.5,
        "workers-kill-timeout": KILLED_AFTER,
    }
    # A kept connection would carry the balancer's next call into a backend that just froze, or hangs up.
    switches = ("no-ws", "no-http1-keep-alive", "respawn-failed-workers")
    told = (*(f"--{name}={value}" for name, value in options.items()), *(f"--{name}" for name in switches))
    # Not by arguments of the process: the API would take them for its own.
    words = [*told, *_static_words(statics), f"{module}:application"]
    return f'{here.site.release.python} -c "from granian.cli import cli; cli({words})"'


def _static_words(statics: Mapping[str, str]) -> tuple[str, ...]:
    pairs = ((f"--static-path-route={path}", f"--static-path-mount={statics[path]}") for path in statics)
    return tuple(word for pair in pairs for word in pair)


def served(
    here: Here,
    description: str,
    module: str,
    port: int,
    environment: str,
    *,
    python_path: str = "",
    statics: Mapping[str, str] | None = None,
) -> tuple[PutFile, ...]:
    """The unit that runs it as the service's user and takes it in and out of rotation, and its certificate.

    `python_path` holds what it loads besides the release, `statics` are folders whose files are served as
    they are, by the path that they are under.
    """
    name, user = here.component.name, here.component.service
    # All processes under a server have one name: reply queues of two services on a host would share theirs.
    named = f"{environment} OS_OSLO_MESSAGING_RABBIT__PROCESSNAME={name}"
    paths = f" PYTHONPATH={python_path}" if python_path else ""
    command, stop = _command(here, module, port, statics or {}), rotation_lines(here, port)
    capabilities = ("CAP_NET_BIND_SERVICE",) if port < PRIVILEGED else ()
    text = unit(description, user, command, f"{named}{paths}", stop=stop, capabilities=capabilities)
    pair = pair_files(here, tls_folder(name), user)
    return (*pair, *rotation_files(here), PutFile(f"/etc/systemd/system/{name}.service", text))
