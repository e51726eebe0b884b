"""Hosts without I/O: a scripted one, and a simulated one that acts on its state as `agent/` does."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256

from holdfast.hosts.agent.inventory import claimed, dropped
from holdfast.hosts.agent.lease import decide, refusal
from holdfast.hosts.agent.removal import misnamed, unfit
from holdfast.hosts.program import ARGV, Json
from holdfast.hosts.transport import Result, Unreachable
from holdfast.model.observed import Answer, UnitState
from holdfast.model.plan import PutFile

Script = Callable[[tuple[str, ...], bytes], Result]


@dataclass
class ScriptedHost:
    """A transport that is a function of argv and stdin; `put` files are kept in `files`."""

    host: str
    script: Script
    files: dict[str, bytes] = field(default_factory=dict)

    async def run(self, argv: tuple[str, ...], *, stdin: bytes = b"", timeout: float = 60) -> Result:
        """What the script says; it may raise Unreachable."""
        return self.script(argv, stdin)

    async def run_anew(self, argv: tuple[str, ...]) -> Result:
        """What the script says: there are no logins."""
        return await self.run(argv)

    async def put(self, path: str, data: bytes, *, mode: int = 0o644, owner: str = "root:root") -> None:
        """Keeps the data."""
        self.files[path] = data

    async def close(self) -> None:
        """Nothing is open."""


def yes(_host: SimulatedHost, _question: str) -> Answer:
    """The answer of a host on which everything works."""
    return Answer(True, "simulated")


def nothing(_host: SimulatedHost, _action: Json) -> str:
    """No effect beyond what every host has, and no error."""
    return ""


@dataclass
class SimulatedHost:
    """A host in memory: observation reads its state, actions change it as `agent/` does on a real one.

    `answer(host, question)` answers questions. `effect(host, action)` runs after each action and may
    change the host further; a text it returns is the action's error. `die_before` and `die_after` are
    counts of actions, from 1 over the host's whole life: it becomes unreachable then, until `revive`.
    `performed` lists every action done, as (run, step, subject); `kept` has by name the digests of files
    that were moved aside.
    """

    host: str
    answer: Callable[[SimulatedHost, str], Answer] = yes
    effect: Callable[[SimulatedHost, Json], str] = nothing
    die_before: int = 0
    die_after: int = 0
    os: str = "debian 13"
    clock: Callable[[], float] = lambda: 0.0
    boot: int = 1
    dead: bool = False
    files: dict[str, str] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    packages: dict[str, str] = field(default_factory=dict)
    units: dict[str, UnitState] = field(default_factory=dict)
    marks: dict[str, str] = field(default_factory=dict)
    folders: dict[str, list[str]] = field(default_factory=dict)
    ports: dict[str, str] = field(default_factory=dict)
    received: dict[str, int] = field(default_factory=dict)
    kept: dict[str, dict[str, str]] = field(default_factory=dict)
    inventory: Json = field(default_factory=dict)
    lock: Json = field(default_factory=dict)
    journal: list[Json] = field(default_factory=list)
    performed: list[tuple[str, str, str]] = field(default_factory=list)

    async def run(self, argv: tuple[str, ...], *, stdin: bytes = b"", timeout: float = 60) -> Result:
        """Plays the programs of `agent/`, `test -e … -o -e …`, and succeeds at anything else."""
        self._alive()
        if argv == ARGV:
            load = json.loads(stdin[: stdin.index(b"\n")])
            play = {"FACTS": self._observe, "DEEDS": self._act, "LEASE": self._lease}[load["program"]]
            return Result(0, json.dumps(play(load["request"])), "")
        if argv[0] == "test":
            return Result(0 if {argv[2], argv[5]} & {*self.received, *self.files} else 1, "", "")
        return Result(0, "", "")

    async def run_anew(self, argv: tuple[str, ...]) -> Result:
        """As any other command: one can log in while it has power."""
        return await self.run(argv)

    async def put(self, path: str, data: bytes, *, mode: int = 0o644, owner: str = "root:root") -> None:
        """Keeps the size."""
        self._alive()
        self.received[path] = len(data)

    async def close(self) -> None:
        """Nothing is open."""

    def revive(self) -> None:
        """The machine starts again: its disk is as it was, its enabled units run, nothing kills it again."""
        self.dead, self.die_before, self.die_after = False, 0, 0
        self.boot += 1
        for name, unit in self.units.items():
            self.units[name] = UnitState("active" if unit.enabled else "inactive", unit.enabled, unit.applied)

    def state(self) -> tuple[dict[str, str], ...]:
        """What an interrupted and resumed run must leave exactly as an undisturbed one does."""
        units = {name: repr(unit) for name, unit in self.units.items()}
        return self.files, self.packages, units, self.marks

    def _alive(self) -> None:
        if self.dead:
            raise Unreachable(self.host, "it lost its power", "switch it on")

    def _observe(self, request: Json) -> Json:
        absent = UnitState("inactive", False)
        units = {name: self.units.get(name, absent) for name in request.get("units", ())}
        return {
            "os": self.os,
            "python": [3, 13],
            "root": True,
            "free_mib": 10_000,
            "files": _picked(self.files, request.get("files", ())),
            "packages": _picked(self.packages, request.get("packages", ())),
            "contents": {p: self.texts[p] for p in request.get("contents", ()) if p in self.texts},
            "units": {
                name: {"active": unit.active, "enabled": unit.enabled, "applied": unit.applied}
                for name, unit in units.items()
            },
            "marks": _picked(self.marks, request.get("marks", ())),
            "folders": {path: self.folders.get(path, []) for path in request.get("folders", ())},
            "ports": self.ports if units else {},
            "inventory": self.inventory if request.get("inventory") else {},
            "answers": {q["name"]: self._reply(q["name"]) for q in request.get("questions", ())},
            "now": self.clock(),
        }

    def _reply(self, question: str) -> Json:
        answer = self.answer(self, question)
        return {"ok": answer.ok, "text": answer.text, "data": dict(answer.data), "seconds": answer.seconds}

    def _lease(self, request: Json) -> Json:
        self.lock, reply = decide(self.lock, request, str(self.boot), self.clock())
        if reply["granted"] and reply.get("other"):
            reply["unfinished"] = self._unfinished(reply["other"]["run_id"])
        return reply

    def _unfinished(self, run_id: str) -> list[Json]:
        ends = {entry["step"]: entry for entry in self.journal if entry["run"] == run_id}
        return [entry for entry in ends.values() if entry["kind"] == "begun"]

    def _act(self, request: Json) -> Json:
        name = {"run": request["run_id"], "step": request["step_id"]}
        if why := self._refused(request):
            return {"done": 0, "error": why}
        self.journal.append({"kind": "begun", **name})
        self.inventory = claimed(self.inventory, request["component"], request["actions"])
        for index, action in enumerate(request["actions"]):
            if error := self._refused(request) or self._perform(request, action):
                self.journal.append({"kind": "failed", **name})
                return {"done": index, "error": error}
        self.journal.append({"kind": "done", **name})
        return {"done": len(request["actions"]), "error": ""}

    def _refused(self, request: Json) -> str:
        return refusal(self.lock, request["run_id"], request["epoch"])

    def _perform(self, request: Json, action: Json) -> str:
        number = len(self.performed) + 1
        self._die_if(number == self.die_before)
        self.performed.append((request["run_id"], request["step_id"], sys.intern(action["subject"])))
        error = getattr(self, f"_do_{action['kind'].lower()}")(action) or self.effect(self, action)
        self.inventory = self.inventory if error else dropped(self.inventory, action)
        self._die_if(number == self.die_after)
        return f"{action['subject']}: {error}" if error else ""

    def _die_if(self, now: bool) -> None:
        self.dead = self.dead or now
        self._alive()

    def _do_putfile(self, action: Json) -> None:
        fields = {key: action[key] for key in ("path", "content", "owner", "group", "mode", "secret")}
        path = sys.intern(action["path"])
        self.files[path] = sys.intern(PutFile(**fields).digest)
        # Thousands of hosts have most of their texts in common: each is kept once.
        self.texts[path] = sys.intern(action["content"])

    def _do_package(self, action: Json) -> None:
        self.packages.update(dict.fromkeys(action["names"], "1.0"))

    def _do_run(self, action: Json) -> None:
        if action["argv"][:2] == ["rm", "-f"]:
            self.files.pop(action["argv"][2], None)
            self.texts.pop(action["argv"][2], None)
        if action["mark"]:
            self.marks[action["mark"]] = action["digest"]

    def _do_unit(self, action: Json) -> None:
        stopped = action["change"] == "stop"
        done = UnitState("inactive", False) if stopped else UnitState("active", True, action["digest"])
        self.units[action["name"]] = done

    def _do_forget(self, action: Json) -> None:
        if unit := self.units.get(action["unit"]):
            self.units[action["unit"]] = replace(unit, applied="")
        self.marks.pop(action["mark"], None)

    def _do_remove(self, action: Json) -> str:
        there = self._at(action["path"])
        if there and (fault := unfit(action["path"])):
            return fault
        if not action["recursive"] and there not in ([], [action["path"]]):
            return "it is a folder with something in it"
        self._take(there)
        return ""

    def _do_keep(self, action: Json) -> str:
        there = self._at(action["path"])
        if there and (fault := unfit(action["path"]) or misnamed(action["to"])):
            return fault
        if taken := self._take(there):
            self.kept[action["to"]] = taken
        return ""

    def _do_claim(self, action: Json) -> None:
        """What it says was put on record before the first action."""

    def _take(self, paths: list[str]) -> dict[str, str]:
        for path in paths:
            self.texts.pop(path, None)
        return {path: self.files.pop(path) for path in paths}

    def _at(self, path: str) -> list[str]:
        return [each for each in self.files if each == path or each.startswith(f"{path}/")]

    def _do_unpack(self, action: Json) -> None:
        self.files[action["path"]] = sha256(action["archive"].encode()).hexdigest()
        self.received.pop(action["archive"], None)


def _picked(held: Mapping[str, str], names: Iterable[str]) -> dict[str, str]:
    return {name: held.get(name, "") for name in names}
