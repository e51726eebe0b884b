"""What hosts' own logs tell: which of a component's lines stands for which happening."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Telltale:
    """A line that begins with `pattern` tells that its host did or saw `text`.

    What stands before it is taken away: the time, and in the journal the host (`name[pid]: …`).
    `text` is short, for it stands in a picture: "takes the address". The pattern's named groups stand in it
    in braces; one that is a host's own address becomes the host's name. The group `subject` is the host that
    it is about, where that is another, and `frontend` what of the balancer.
    """

    pattern: str
    text: str


@dataclass(frozen=True)
class Diary:
    """The telltales of a component's log: of its units in the journal, and of `files`.

    In the path of a file `{host}` stands for the host's name. Its lines begin with their time in ISO 8601.
    """

    telltales: tuple[Telltale, ...] = ()
    files: tuple[str, ...] = ()


@dataclass(frozen=True)
class Happening:
    """What a host's own log tells of, in the line of a component ("" for none).

    `seconds` is from the run's start, on the clients' clock. `subject` is the host that it is about, where
    that is another, and `frontend` what of the balancer; "" where there is none.
    """

    seconds: float
    host: str
    component: str
    text: str
    subject: str = ""
    frontend: str = ""
