"""A client's plain look at an address: one page over a fresh connection."""

from __future__ import annotations

import http.client
import time
from urllib.parse import urlsplit

from holdfast.model.observed import Answer
from holdfast.probes.sessions.access import trust
from holdfast.probes.sessions.words import line


def fetch(url: str, ca: str, timeout: float = 2.0) -> Answer:
    """GETs `url`, an https one verified against `ca` (PEM) and the name in the URL; never raises.

    `ok` is True below status 400; `data["status"]` holds the status, `seconds` what it took.
    """
    where, began = urlsplit(url), time.monotonic()
    host, port = where.hostname or "", where.port
    link: http.client.HTTPConnection
    if where.scheme == "https":
        link = http.client.HTTPSConnection(host, port, timeout=timeout, context=trust(ca))
    else:
        link = http.client.HTTPConnection(host, port, timeout=timeout)
    try:
        link.request("GET", where.path or "/")
        reply = link.getresponse()
        reply.read()
    except (OSError, http.client.HTTPException) as error:
        return Answer(False, f"{url}: {line(error)}", seconds=time.monotonic() - began)
    finally:
        link.close()
    took = time.monotonic() - began
    return Answer(reply.status < 400, f"{url}: {reply.status}", {"status": reply.status}, took)
