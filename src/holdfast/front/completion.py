"""Completion for shells, written from the command line itself: fixed words, so that a TAB costs no start."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

Words = Mapping[str, tuple[str, ...]]
"""What may follow each command, by the words that call it: "" for none, "lab up" for the second of two."""


class Shell(StrEnum):
    """The shells that completion is written for."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


def words_of(command: Any, path: str = "") -> dict[str, tuple[str, ...]]:
    """Every command below one (of typer's making), with the commands and options that may follow it."""
    inner = getattr(command, "commands", {})
    words = (word for each in command.params for word in (*each.opts, *each.secondary_opts))
    found = {path: (*inner, *(word for word in words if word.startswith("--")), "--help")}
    for name, each in inner.items():
        found |= words_of(each, f"{path} {name}".strip())
    return found


def script(shell: Shell, words: Words) -> str:
    """What a shell is to read for it."""
    return _fish(words) if shell is Shell.FISH else _bash(words, zsh=shell is Shell.ZSH)


_BASH = """\
_holdfast() {{
    local at="" each words=""
    for each in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
        case "$at $each" in
            {paths}) at="$at $each" ;;
        esac
    done
    case "$at" in
{cases}
    esac
    COMPREPLY=($(compgen -W "$words" -- "${{COMP_WORDS[COMP_CWORD]}}"))
}}
complete -o default -F _holdfast holdfast
"""

_ZSH = "autoload -U +X compinit && compinit\nautoload -U +X bashcompinit && bashcompinit\n"

_FISH = """\
function __holdfast_at
    set -l at ""
    for each in (commandline -opc)[2..-1]
        switch "$at $each"
            case {paths}
                set at "$at $each"
        end
    end
    test "$at" = "$argv[1]"
end
{completions}
"""


def _bash(words: Words, *, zsh: bool) -> str:
    paths = "|".join(f"' {path}'" for path in words if path)
    cases = "\n".join(f"        '{_at(path)}') words='{' '.join(each)}' ;;" for path, each in words.items())
    return (_ZSH if zsh else "") + _BASH.format(paths=paths, cases=cases)


def _fish(words: Words) -> str:
    paths = " ".join(f"' {path}'" for path in words if path)
    lines = (
        f"complete -c holdfast -n \"__holdfast_at '{_at(path)}'\" -a '{' '.join(each)}'"
        for path, each in words.items()
    )
    return _FISH.format(paths=paths, completions="\n".join(lines))


def _at(path: str) -> str:
    return f" {path}" if path else ""
