"""What Holdfast put on this host, by component: files, units and marks, to be taken away again one day."""

from __future__ import annotations

import json

from holdfast.hosts.agent.disk import Json, read, state, write

INVENTORY = "inventory.json"
KINDS = ("files", "units", "marks")


def claimed(inventory: Json, component: str, actions: list[Json]) -> Json:
    """The inventory with all that a component's actions put on the host; pure.

    What another component had goes to the one that put it last. Nothing is kept of a step without component.
    """
    if not component:
        return inventory
    kept = {name: {kind: list(had[kind]) for kind in KINDS} for name, had in inventory.items()}
    mine = kept.setdefault(component, {kind: [] for kind in KINDS})
    for kind, name in (claim for action in actions for claim in _claims(action)):
        for had in kept.values():
            had[kind] = [each for each in had[kind] if each != name]
        mine[kind] = sorted([*mine[kind], name])
    return _pruned(kept)


def _claims(action: Json) -> list[tuple[str, str]]:
    match action["kind"]:
        case "PutFile":
            return [("files", action["path"])]
        case "Unit" if action["change"] in ("start", "restart"):
            # Whoever only has a unit read something anew did not put it there.
            return [("units", action["name"])]
        case "Run" if action["mark"]:
            return [("marks", action["mark"])]
        case "Claim":
            return [(kind, name) for kind in KINDS for name in action[kind]]
    return []


def dropped(inventory: Json, action: Json) -> Json:
    """The inventory without what an action took away; pure."""
    match action["kind"]:
        case "Remove" | "Keep":
            return _without(inventory, "files", action["path"], below=True)
        case "Unit" if action["change"] == "stop":
            return _without(inventory, "units", action["name"])
        case "Forget" if action["mark"]:
            return _without(inventory, "marks", action["mark"])
    return inventory


def _without(inventory: Json, kind: str, name: str, *, below: bool = False) -> Json:
    def stays(each: str) -> bool:
        return each != name and not (below and each.startswith(f"{name}/"))

    return _pruned(
        {
            component: {**had, kind: [each for each in had[kind] if stays(each)]}
            for component, had in inventory.items()
        }
    )


def _pruned(inventory: Json) -> Json:
    return {name: had for name, had in sorted(inventory.items()) if any(had.values())}


def stored() -> Json:
    """The inventory on disk; empty where there is none. Raises ValueError for one that cannot be read."""
    text = read(state(INVENTORY))
    try:
        return {
            name: {kind: list(had[kind]) for kind in KINDS} for name, had in json.loads(text or "{}").items()
        }
    except (ValueError, KeyError, TypeError, AttributeError):
        cure = "move it away; it is filled in again when its components are next worked on"
        raise ValueError(f"the inventory {state(INVENTORY)} is damaged: {cure}") from None


def store(before: Json, after: Json) -> None:
    """Writes an inventory that has changed, also across a loss of power."""
    if after != before:
        write(state(INVENTORY), [json.dumps(after).encode()], mode=0o600)
