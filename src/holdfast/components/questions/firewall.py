"""What a host is asked about its firewall: are the rules in place, and did they prove themselves?"""

from __future__ import annotations

from typing import Any


def strangers_stay_out(rules: str, run: str, confirmed: str) -> dict[str, Any]:
    """Compares the kernel's chains with the file: each has as many rules as are written, and they are
    confirmed."""
    import json
    import re
    import subprocess
    from pathlib import Path

    wanted = Path(rules).read_text()
    undone = Path(run, "taken-back")
    if undone.exists():
        return {"ok": False, "text": undone.read_text().strip()}
    asked = ("/usr/sbin/nft", "--json", "list", "table", "inet", "holdfast")
    done = subprocess.run(asked, capture_output=True, text=True, timeout=2, check=False)
    if done.returncode:
        return {"ok": False, "text": "no rules are in place: systemctl restart holdfast-firewall"}
    listed = json.loads(done.stdout)["nftables"]
    chains = dict(re.findall(r"(?s)  chain (\w+) {\n(.*?)\n  }", wanted))
    there = {name: sum(r.get("rule", {}).get("chain") == name for r in listed) for name in chains}
    for name, body in chains.items():
        lines = [line for line in body.splitlines() if "type filter" not in line]
        if len(lines) != there[name]:
            told = f"{name} has {there[name]} rules, not {len(lines)}"
            return {"ok": False, "text": f"{told}: systemctl restart holdfast-firewall"}
    kept = Path(confirmed)
    if not kept.exists() or kept.read_text() != wanted:
        return {"ok": False, "text": "the rules wait for a login that proves that they shut nobody out"}
    return {"ok": True, "text": f"{sum(there.values())} rules are in place"}
