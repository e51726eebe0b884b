"""What a host itself is asked: do its kernel settings hold, are its cards up as they should be?"""

from __future__ import annotations

from typing import Any


def kernel_settings(wanted: dict[str, str]) -> dict[str, Any]:
    """Asks the kernel itself whether each setting holds."""
    from pathlib import Path

    wrong = [
        f"{name} is {value}, not {want}"
        for name, want in wanted.items()
        if (value := Path("/proc/sys", name.replace(".", "/")).read_text().split()) != want.split()
    ]
    return {"ok": not wrong, "text": "; ".join(wrong) or "kernel settings hold"}


def cards_are_set_up(wanted: list[dict[str, Any]]) -> dict[str, Any]:
    """Asks the kernel for each card, by its interface or else its hardware address."""
    import json
    import subprocess

    shown = subprocess.run(("ip", "-json", "address", "show"), capture_output=True, text=True, check=True)
    links = json.loads(shown.stdout)
    wrong = []
    for card in wanted:
        name = card["interface"] or card["mac"]
        found = [
            link
            for link in links
            if name in (link["ifname"], link.get("permaddr"), link.get("address"))
            and (card["interface"] or "link" not in link)
        ]
        if not found:
            wrong.append(f"{name} is not there")
            continue
        link, has = found[0], {info["local"] for info in found[0]["addr_info"]}
        wrong += [f"{name} is down"] if "UP" not in link["flags"] else []
        wrong += [f"{name} has MTU {link['mtu']}, not {card['mtu']}"] if link["mtu"] != card["mtu"] else []
        wrong += [f"{name} lacks {card['address']}"] if card["address"] and card["address"] not in has else []
    return {"ok": not wrong, "text": "; ".join(wrong) or f"{len(wanted)} cards are set up"}
