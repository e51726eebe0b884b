"""A balanced API: all that such a component has in common with every other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from holdfast.model.address import bracketed
from holdfast.model.catalogue import Here, Placed, Site
from holdfast.model.cloud import Promise
from holdfast.model.component import Component, Offer
from holdfast.model.endpoint import Endpoint
from holdfast.model.failover import Operation, Way
from holdfast.model.material import AUTHORITY_FILE, CA_FILE
from holdfast.model.plan import PutFile
from holdfast.model.process import Caller, Ha, Port, Process, Where
from holdfast.model.question import Question
from holdfast.model.release import Release
from holdfast.openstack import oslo, wsgi
from holdfast.openstack.programs import program
from holdfast.openstack.role import API
from holdfast.openstack.rotation import leaving_file

MODULE = "holdfast_served_api"
NEEDS = ("identity", "balancer", "address")


@dataclass(frozen=True)
class Wsgi:
    """How an API is served: its `module` has the WSGI application, `environment` tells it its configuration.

    `config` is the file with its database connection in `section`, "" where it has none; `sample` a path
    that needs a token, "" where its callers have none: they show the `secret` of that name. `first_call` is
    one (the sample, unless it is another) that it answers nobody by `first_answers`, `argument` the one word
    of its command line where that tells it its configuration, `released` what of its environment the release
    decides; `callers` may come to its address. `uses` are the kinds of offers that its calls cannot do
    without; `statics` are folders whose files are served as they are, by the path that they are under.
    """

    module: str
    port: int
    environment: str
    config: str
    sample: str
    section: str = "database"
    first_call: str = ""
    first_answers: tuple[str, ...] = ("400", "401")
    argument: str = ""
    released: Callable[[Release], str] = lambda _release: ""
    secret: str = ""
    callers: tuple[Caller, ...] = (Caller.EVERYBODY,)
    uses: tuple[str, ...] = ("database", "identity")
    statics: Callable[[Release], Mapping[str, str]] = lambda _release: {}


def api_answers(address: str, port: int, ca: str, path: str) -> dict[str, Any]:
    """Asks for a page, by which it says whether it can do its work."""
    import ssl
    import urllib.error
    import urllib.request

    context = ssl.create_default_context(cafile=ca)
    url = f"https://{address}:{port}{path}"
    try:
        with urllib.request.urlopen(url, timeout=2, context=context) as reply:
            reply.read()
    except urllib.error.HTTPError as error:
        said = error.read(200).decode(errors="replace")
        return {"ok": False, "text": f"{error.url} answered {error.code}: {said}"}
    return {"ok": True, "text": "answers"}


def _folder(component: str) -> str:
    return f"/usr/lib/holdfast/{component}"


def _files(here: Here, api: Wsgi) -> tuple[PutFile, ...]:
    """The unit, its certificate, and the program that stands before the API."""
    user, name = here.component.service, here.component.name
    told = {
        "HOLDFAST_API": api.module,
        "HOLDFAST_CONFIG": api.config,
        "HOLDFAST_SECTION": api.section,
        "HOLDFAST_FIRST_CALL": api.first_call or api.sample,
        "HOLDFAST_FIRST_ANSWERS": ",".join(api.first_answers),
        "HOLDFAST_ARGUMENT": api.argument,
        "HOLDFAST_OUT": f"/var/lib/{user}/out-of-rotation:{leaving_file(name)}",
    }
    words = (api.environment, api.released(here.site.release), *(f"{k}={v}" for k, v in told.items()))
    environment = " ".join(filter(None, words))
    folder = _folder(name)
    served = wsgi.served(
        here,
        here.component.summary,
        MODULE,
        api.port,
        environment,
        python_path=folder,
        statics=api.statics(here.site.release),
    )
    return (*served, PutFile(f"{folder}/{MODULE}.py", program("served_api.py")))


def served_process(
    here: Here,
    port: int,
    path: str = wsgi.HEALTH_PATH,
    meaning: str = "it answers, and can do its work",
    reads: tuple[str, ...] = (),
) -> Process:
    """The part's unit as a process: balanced, asked for a page over its own certificate.

    `reads` are path prefixes of what it reads beside its own folder in /etc.
    """
    name, unit = here.component.name, f"{here.component.name}.service"
    address = bracketed(here.host.address)
    arguments = {"address": address, "port": port, "ca": AUTHORITY_FILE, "path": path}
    return Process(
        unit=unit,
        ha=Ha.BALANCED,
        ports=(Port(port, Where.HOST, here.component.summary, callers=(Caller.OPERATOR,)),),
        watches=(f"/etc/{name}/", f"/etc/systemd/system/{unit}", *reads),
        needs_release=True,
        health=Question(name, api_answers, meaning, arguments),
        start_deadline=180,  # its calls may take a minute to end, and so may its start
    )


def _promises(component: str, kind: str) -> tuple[Promise, ...]:
    """What every balanced API promises of the loss of one of its processes."""
    lost = ("kill", "freeze", "refuse")
    return (
        *(Promise(f"{fault}-{component}", kind, 1.0) for fault in lost),
        Promise(f"restart-{component}", kind, 0.5),
    )


def _offer(kind: str, api: Wsgi) -> Offer:
    """The API on the internal address; who comes there brings a token of identity's, or the secret."""

    def endpoint(site: Site, _placed: Placed, user: str) -> Endpoint:
        secret = site.secret(api.secret) if api.secret else None
        return Endpoint((site.cloud.address,), api.port, user, secret, ca=CA_FILE)

    return Offer(kind, endpoint)


def balanced(part: Component, kind: str, api: Wsgi) -> Component:
    """The part as a balanced API, for clients that do operations of that `kind`."""
    name, database = part.name, ("database",) if api.config else ()
    return replace(
        part,
        role=part.role or API.name,
        needs=(*database, *NEEDS, *part.needs),
        offers=(_offer(kind, api), *part.offers),
        units=(f"{name}.service", *part.units),
        processes=lambda here: (served_process(here, api.port, reads=(_folder(name),)),),
        files=lambda here: (*_files(here, api), *part.files(here)),
        frontends=(wsgi.frontend(kind, name, api.port, sample_path=api.sample, callers=api.callers),),
        safeguards=(*(oslo.database_safeguards(api.config) if api.config else ()), *part.safeguards),
        uses_release=True,
        mechanisms=oslo.mechanisms(name),
        operations=(Operation(kind, Way.ANY, uses=api.uses),),
        promises=_promises(name, kind),
    )
