"""Opens a line of a module in the author's editor: what `$VISUAL` or `$EDITOR` names, or VS Code."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Mapping
from pathlib import Path, PurePath
from urllib.parse import quote

AT_LINE = {
    **dict.fromkeys(("code", "code-insiders", "codium", "vscodium", "cursor", "windsurf"), ("--goto", "{path}:{line}")),
    **dict.fromkeys(("subl", "sublime_text", "zed", "zeditor"), ("{path}:{line}",)),
    **dict.fromkeys(("pycharm", "charm", "idea", "kate"), ("--line", "{line}", "{path}")),
    **dict.fromkeys(("gvim", "mvim", "gedit", "gnome-text-editor", "xed", "pluma"), ("+{line}", "{path}")),
    "emacsclient": ("--no-wait", "+{line}", "{path}"),
    "emacs": ("+{line}", "{path}"),
}
"""How editors with a window of their own are told the line."""

IN_TERMINAL = frozenset(
    {
        "vi",
        "vim",
        "nvim",
        "view",
        "nano",
        "pico",
        "micro",
        "hx",
        "helix",
        "kak",
        "joe",
        "mcedit",
        "ed",
        "ne",
        "mg",
        "less",
    }
)


def command(chosen: str, path: Path, line: int) -> list[str] | None:
    """What opens an editor.

    Args:
        chosen: What the author calls it with: `code --wait`.
        path: The file.
        line: The line.

    Returns:
        The command; None if the editor has no window of its own.
    """
    try:
        program, *arguments = shlex.split(chosen)
    except ValueError:  # it is cut short, or empty
        return None
    name = PurePath(program).stem.lower()
    if name in IN_TERMINAL or {"-nw", "-t", "-tty"} & set(arguments):
        return None
    told = AT_LINE.get(name, ("{path}",))
    kept = [each for each in arguments if each not in ("-w", "--wait")]
    return [program, *kept, *(each.format(path=path, line=line) for each in told)]


def open_at(path: Path, line: int, environment: Mapping[str, str]) -> dict[str, str]:
    """Open a file at a line.

    Returns:
        What the page has to do in addition: open an address (`url`), or say something (`text`); nothing if it is open.
    """
    chosen = environment.get("VISUAL") or environment.get("EDITOR")
    if not chosen:
        return {"url": f"vscode://file/{quote(path.as_posix().lstrip('/'))}:{line}"}
    words = command(chosen, path, line)
    if words is None:
        return {"text": f"`{chosen}` runs in a terminal and cannot be opened from here: {path.name}, line {line}"}
    try:
        nothing = subprocess.DEVNULL
        subprocess.Popen(words, stdin=nothing, stdout=nothing, stderr=nothing, start_new_session=True)  # noqa: S603
    except OSError as error:
        return {"text": f"`{words[0]}` cannot be started: {error.strerror}"}
    return {}
