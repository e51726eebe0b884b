"""What an identity API is asked: who it is, and whether it reads its database."""

from __future__ import annotations

from typing import Any


def identity_answers(address: str, port: int, ca: str) -> dict[str, Any]:
    """Asks for the version document, then for the health check that reads the database."""
    import json
    import ssl
    import urllib.error
    import urllib.request

    context = ssl.create_default_context(cafile=ca)

    def get(path: str) -> bytes:
        url = f"https://{address}:{port}{path}"
        with urllib.request.urlopen(url, timeout=2, context=context) as reply:
            return bytes(reply.read())

    try:
        version = json.loads(get("/v3"))["version"]
        get("/healthcheck")
    except urllib.error.HTTPError as error:
        return {
            "ok": False,
            "text": f"{error.url} answered {error.code}: {error.read(200).decode(errors='replace')}",
        }
    return {
        "ok": version["status"] == "stable",
        "text": f"API {version['id']} {version['status']}, database answers",
    }
