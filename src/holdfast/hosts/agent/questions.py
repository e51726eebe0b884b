"""Questions: functions that arrive as source text, all asked at the same time, each with its deadline."""

from __future__ import annotations

import threading
import time

from holdfast.hosts.agent.disk import Json


class Asked:
    """A question under way in its own thread; `deadline` in seconds from `began`.

    No dataclass: importing that costs a third of all the time an observation takes.
    """

    def __init__(self, name: str, deadline: float) -> None:
        self.name, self.deadline, self.began = name, deadline, time.monotonic()
        self.done, self.reply = threading.Event(), Json()

    def wait(self) -> Json:
        """The reply with `ok`, `text`, `data` and `seconds`; `ok` is None past the deadline."""
        if self.done.wait(max(0.0, self.began + self.deadline - time.monotonic())):
            return self.reply
        return _not_asked(f"no answer within {self.deadline:g} s", self.deadline)


def ask(question: Json) -> Asked:
    """Starts to ask: `source` defines `function`, which is called with `arguments`."""
    asked = Asked(question["name"], question["deadline"])
    threading.Thread(target=_run, args=(asked, question), daemon=True).start()
    return asked


def _run(asked: Asked, question: Json) -> None:
    asked.reply = _answer(question, asked.began)
    asked.done.set()


def _answer(question: Json, began: float) -> Json:
    try:
        namespace: Json = {"__name__": "question"}
        source = f"from __future__ import annotations\n{question['source']}"
        exec(compile(source, question["name"], "exec"), namespace)
        data = dict(namespace[question["function"]](**question["arguments"]))
        ok, text = data.pop("ok"), str(data.pop("text"))
    except BaseException as error:
        seconds = time.monotonic() - began
        if is_refused(error):
            return {
                "ok": False,
                "text": "the connection is refused: nobody listens",
                "data": {},
                "seconds": seconds,
            }
        return _not_asked(f"{type(error).__name__}: {error}", seconds)
    return {
        "ok": None if ok is None else bool(ok),
        "text": text,
        "data": data,
        "seconds": time.monotonic() - began,
    }


def is_refused(error: BaseException) -> bool:
    """Whether the host itself refused a connection, which is an answer: what is asked about does not run."""
    cause = getattr(error, "reason", error)
    return isinstance(cause, ConnectionRefusedError)


def _not_asked(text: str, seconds: float) -> Json:
    return {"ok": None, "text": text, "data": {}, "seconds": seconds}
