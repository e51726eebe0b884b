"""What a member of coordination is asked: the cluster through it."""

from __future__ import annotations

from typing import Any


def in_quorum(url: str, tls: str, expected: list[str], patience: float = 2) -> dict[str, Any]:
    """Asks the cluster through the own member: a read that a majority confirms, its members, its leader.

    `tls` is the folder of the host's pair, which members and clients show each other.
    """
    import base64
    import json
    import ssl
    import urllib.error
    import urllib.request

    context = ssl.create_default_context(cafile=f"{tls}/ca.pem")
    context.load_cert_chain(f"{tls}/cert.pem", f"{tls}/key.pem")

    def ask(path: str, **body: Any) -> Any:
        request = urllib.request.Request(f"{url}/v3/{path}", json.dumps(body).encode())
        with urllib.request.urlopen(request, timeout=patience, context=context) as reply:
            return json.load(reply)

    try:
        ask("kv/range", key=base64.b64encode(b"holdfast").decode())
        members = sorted(m.get("name", "") for m in ask("cluster/member/list")["members"])
        status = ask("maintenance/status")
    except urllib.error.HTTPError as error:
        return {"ok": False, "text": error.read(200).decode(errors="replace")}
    except TimeoutError:
        return {"ok": False, "text": "no majority confirms a read"}
    leads = status.get("leader") == status["header"]["member_id"]
    faults = list(status.get("errors", ()))
    faults += (
        [f"no member yet: {', '.join(missing)}"] if (missing := sorted({*expected} - {*members})) else []
    )
    text = f"a majority of {len(members)} confirms a read{', and it leads' if leads else ''}"
    return {"ok": not faults, "text": "; ".join(faults) or text, "members": members, "leads": leads}
