"""Words of a command that are wrong: one line with the nearest right word, in place of typer's box."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import typer

from raresim.errors import InputError, nearest

# The parent of all mistakes of usage, wherever the installed typer keeps it (click, or its own copy of click).
UsageError: type[Exception] = typer.BadParameter.__mro__[1]
_WORDS = (  # typer's words, and ours
    (r"^Input should", "should"),
    (r"a valid integer.*", "a whole number"),
    (r"a valid number.*", "a number"),
    (r"^'?.*'? is not a valid int(eger)?$", "should be a whole number"),
    (r"^'?.*'? is not a valid float$", "should be a number"),
)


def explained(error: Any, words: Sequence[str]) -> InputError:
    """Return the mistake in the words of the command line as ``key: what is wrong; remedy``."""
    command = error.ctx.command if error.ctx else None
    path = error.ctx.command_path if error.ctx else "raresim"
    verbs = getattr(command, "commands", {})
    message = str(error.format_message()).rstrip(".")
    unknown = re.search(r"^No such command '(.*?)'(\. Did you mean .*)?$", message, re.DOTALL)
    if unknown:
        return InputError(f"{unknown[1]}: `{path}` has no such command{nearest(unknown[1], _public(verbs))}")
    if message.startswith("No such option"):
        options = [name for option in getattr(command, "params", ()) for name in _flags(option)]
        return InputError(
            f"{error.option_name}: `{path}` has no such option{_nearest_option(error.option_name, options)}"
        )
    if hasattr(error, "option_name"):
        return InputError(f"{error.option_name}: takes a value, and none follows; `{path} --help` shows what it is")
    extra = re.search(r"^Got unexpected extra argument\S* \((.*)\)", message, re.DOTALL)
    if extra:
        return InputError(f"{extra[1]}: `{path}` takes no such argument; `{path} --help` shows what it takes")
    name = _name(error)
    if type(error).__name__ == "MissingParameter":
        return InputError(f"{name}: is missing; `{path} --help` shows what it is")
    if verbs and not words[len(path.split()) - 1 :]:
        return InputError(f"{path.partition(' ')[2]}: a command is missing; known: {', '.join(sorted(_public(verbs)))}")
    if not name:
        return InputError(f"{path}: {message[:1].lower() + message[1:]}; `{path} --help` shows what it takes")
    said = message.partition(": ")[2]
    for theirs, ours in _WORDS:
        said = re.sub(theirs, ours, said, flags=re.DOTALL)
    given = _given(error.param, words)
    return InputError(f"{name}: {said[:1].lower() + said[1:]}" + (f", not '{given}'" if given else ""))


def _given(option: Any, words: Sequence[str]) -> str:
    """The last value that the command line gives to an option."""
    out = ""
    for word, following in zip(words, [*words[1:], ""], strict=True):
        for name in option.opts:
            if word == name:
                out = following
            elif word.startswith(f"{name}=" if name.startswith("--") else name):
                out = word.removeprefix(name).removeprefix("=")
    return out


def _flags(option: Any) -> list[str]:
    """The names of an option of a command; none of an argument or of a hidden option."""
    if getattr(option, "hidden", False):
        return []
    return [name for name in (*option.opts, *option.secondary_opts) if name.startswith("-")]


def _public(verbs: dict[str, Any]) -> list[str]:
    return [name for name, verb in verbs.items() if not verb.hidden]


def _nearest_option(word: str, options: list[str]) -> str:
    found = nearest(word, [name for name in options if name.startswith("--") == word.startswith("--")])
    if found.startswith("; did you mean"):
        return found
    return f"; known: {', '.join(sorted(options))}" if options else ", and takes none but --help"


def _name(error: Any) -> str:
    """What the wrong word belongs to: the longest name of its option, or the name of the argument."""
    option = getattr(error, "param", None)
    if option is None:
        return ""
    flags = [name for name in option.opts if name.startswith("-")]
    return max(flags, key=len) if flags else str(option.metavar or option.name).upper()
