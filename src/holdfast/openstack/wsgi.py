"""An API as uWSGI serves it: on the host's own address, in several workers, restarted when one hangs."""

from __future__ import annotations

from holdfast.model.address import at_port
from holdfast.model.catalogue import Here
from holdfast.model.plan import PutFile
from holdfast.model.settings import Settings, ini
from holdfast.openstack.unit import unit


def settings(address: str, port: int, module: str, *, python_path: str = "") -> Settings:
    """uWSGI's options; `python_path` holds what the API loads besides the release."""
    return {
        "uwsgi": {
            "http-socket": at_port(address, port),
            "module": f"{module}:application",
            **({"pythonpath": python_path} if python_path else {}),
            "master": True,
            "lazy-apps": True,
            "enable-threads": True,
            "processes": 2,
            "threads": 8,
            "buffer-size": 65535,
            "die-on-term": True,
            "need-app": True,
            "harakiri": 60,
            # uWSGI hangs up after each answer. Unless it says so, the balancer keeps the connection and may
            # send another client's call into it just before it closes: cut without an answer or a log.
            "add-header": "Connection: close",
            "log-x-forwarded-for": True,
            "disable-logging": True,
        }
    }


def served(
    here: Here, description: str, module: str, port: int, environment: str, *, python_path: str = ""
) -> tuple[PutFile, PutFile]:
    """uWSGI's own file in the part's folder, and the unit that runs it as the service's user."""
    name, user = here.component.name, here.component.service
    path = f"/etc/{name}/uwsgi.ini"
    text = ini(settings(here.host.address, port, module, python_path=python_path))
    command = f"{here.site.release.python} -c \"import pyuwsgi; pyuwsgi.run(['--ini', '{path}'])\""
    # All processes under uWSGI have one name: reply queues of two services on a host would share theirs.
    named = f"{environment} OS_OSLO_MESSAGING_RABBIT__PROCESSNAME={name}"
    return (
        PutFile(path, text),
        PutFile(f"/etc/systemd/system/{name}.service", unit(description, user, command, named)),
    )
