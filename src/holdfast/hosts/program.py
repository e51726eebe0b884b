"""How a program of `agent/` reaches a host: source and request on the standard input, the answer as JSON."""

from __future__ import annotations

import json
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any

from holdfast.hosts.transport import Result, Transport, Unreachable

# Nothing but this text is ever in an argument list. Any Python must be able to read it: one may be too old.
LOADER = """
import sys
if sys.version_info < (3, 11):
    sys.stdout.write('{"python": "%d.%d"}' % sys.version_info[:2])
    sys.exit(0)
import json, types
load = json.loads(sys.stdin.buffer.readline())
for name, source in load["modules"]:
    module = sys.modules[name] = types.ModuleType(name)
    exec(compile(source, name, "exec"), module.__dict__)
module.main(load["request"])
"""
ARGV = ("python3", "-I", "-S", "-c", LOADER)
NO_PYTHON = 127
Json = dict[str, Any]


class Program(Enum):
    """The modules of `agent/` that are sent, in the order of their imports; the last one's `main` runs."""

    FACTS = ("disk", "ports", "questions", "inventory", "facts")
    DEEDS = ("disk", "lease", "packages", "units", "inventory", "removal", "deeds")
    LEASE = ("disk", "lease")
    RECEIVE = ("disk", "receive")
    LOGS = ("disk", "hardware", "logs")


@cache
def _modules(program: Program) -> str:
    folder = Path(__file__).with_name("agent")
    sources = [
        (f"holdfast.hosts.agent.{name}", (folder / f"{name}.py").read_text()) for name in program.value
    ]
    return json.dumps(sources)


def payload(program: Program, request: Json) -> bytes:
    """What a host's loader reads: one line of JSON; `request` is its last key."""
    text = (
        f'{{"program": "{program.name}", "modules": {_modules(program)}, "request": {json.dumps(request)}}}\n'
    )
    return text.encode()


async def converse(
    transport: Transport, program: Program, request: Json, *, timeout: float = 60, body: bytes = b""
) -> Json:
    """The program's answer; `error` in it is for the caller to read. `timeout` in seconds.

    Raises Unreachable, also for a host whose python3 is absent, too old or broken.
    """
    result = await transport.run(ARGV, stdin=payload(program, request) + body, timeout=timeout)
    answer = _parsed(result)
    if result.code == NO_PYTHON:
        raise Unreachable(transport.host, "there is no python3 on it", "install Python 3.11 or later there")
    if answer is None:
        why = f"the program ended with {result.code}: {result.err.strip()[-300:] or 'no answer'}"
        raise Unreachable(transport.host, why, "run `python3 -V` on it, and look at its disk and memory")
    if isinstance(answer.get("python"), str):
        why = f"its python3 is {answer['python']}"
        raise Unreachable(transport.host, why, "install Python 3.11 or later there")
    return answer


def _parsed(result: Result) -> Json | None:
    try:
        answer = json.loads(result.out)
    except ValueError:
        return None
    return answer if isinstance(answer, dict) else None


async def receive(transport: Transport, path: str, data: bytes, mode: int, owner: str) -> None:
    """What `Transport.put` does where commands can be run. Raises Unreachable, or OSError with the reason."""
    request = {"path": path, "mode": mode, "owner": owner, "size": len(data)}
    # 1 MB a second is slower than any link worth deploying over.
    timeout = 60 + len(data) / 1e6
    answer = await converse(transport, Program.RECEIVE, request, timeout=timeout, body=data)
    if "error" in answer:
        raise OSError(f"{transport.host}: {path} was not written: {answer['error']}")
