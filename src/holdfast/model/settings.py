"""Settings are data: sections of options, assembled from shared pieces and rendered once."""

from __future__ import annotations

from collections.abc import Mapping

Scalar = str | int | float | bool | None
Settings = Mapping[str, Mapping[str, Scalar]]
"""Section -> option -> value. None stands for an option that is a word without a value."""


MAIN = "main"
"""The section of a file that has none of its own."""


def merged(*parts: Settings) -> Settings:
    """All options of all parts; a later part's option replaces an earlier one's, in its place."""
    whole: dict[str, dict[str, Scalar]] = {}
    for part in parts:
        for section, options in part.items():
            whole.setdefault(section, {}).update(options)
    return whole


def ini(settings: Settings) -> str:
    """Sections in brackets, one option a line."""
    return "\n".join(f"[{section}]\n{flat({MAIN: options})}" for section, options in settings.items())


def flat(settings: Settings) -> str:
    """One `option = value` a line, without sections."""
    lines = [
        option if value is None else f"{option} = {text_of(value)}".rstrip()
        for options in settings.values()
        for option, value in options.items()
    ]
    return "".join(f"{line}\n" for line in lines)


def text_of(value: Scalar) -> str:
    """A value as configuration files have it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:g}" if isinstance(value, float) else str(value)
