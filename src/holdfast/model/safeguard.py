"""A safeguard is an option of a generated file that a promise stands on: declared, so that rules can look."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from holdfast.model.cloud import Host
from holdfast.model.plan import PutFile


@dataclass(frozen=True)
class Safeguard:
    """What the rule of that name looks for: wherever `option` stands in the file at `path`, its value is as
    the pattern of `value(host)` says, and it stands there at least once. `why` says what it saves from."""

    rule: str
    path: str
    option: str
    value: Callable[[Host], str]
    why: str

    def missed_in(self, files: Iterable[PutFile], host: Host) -> str:
        """What is wrong with a host's files; "" where the safeguard is in them."""
        text = next((file.content for file in files if file.path == self.path), None)
        if text is None:
            return f"{self.path} is not written"
        said = re.findall(rf"(?m)^{re.escape(self.option)}[ \t]*=[ \t]*(.*?)[ \t]*$", text)
        if not said:
            return f"{self.path} does not set {self.option}"
        wrong = sum(re.fullmatch(self.value(host), value) is None for value in said)
        return f"{self.option} in {self.path} is another" if wrong else ""


def always(value: str) -> Callable[[Host], str]:
    """The same value on every host."""
    return lambda _host: re.escape(value)
