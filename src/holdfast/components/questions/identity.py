"""What an identity API is asked: who it is, and whether it reads its database."""

from __future__ import annotations

from typing import Any


def identity_answers(address: str, port: int) -> dict[str, Any]:
    """Asks for the version document, then for the health check that reads the database."""
    import json
    import urllib.error
    import urllib.request

    def get(path: str) -> bytes:
        with urllib.request.urlopen(f"http://{address}:{port}{path}", timeout=2) as reply:
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
