"""Takes out of text what only the machine put in: paths, addresses, the terminal's control codes."""

from __future__ import annotations

import os
import re
import sysconfig
from pathlib import Path

_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
# Each begins where a line or a word does: looked for from everywhere, a long line would take minutes.
_REWRITTEN = re.compile(r"^[^\n]*\r(?!\n|$)", re.MULTILINE)
_ADDRESS = re.compile(r"\bat 0x[0-9a-fA-F]{6,}")
_PACKAGES = re.compile(r"(?<![^\s\"'<>()])[^\s\"'<>()]*[/\\](?:site|dist)-packages[/\\]")
_REPEATED = re.compile(r"\[Previous line repeated \d+ more times?\]")
_AUTOGRAPH = re.compile(r"(?<![^\s\"'<>()])[^\s\"'<>()]*__autograph_generated_file\w*\.py")


def mask(text: str, root: Path) -> str:
    """The text as another machine would have given it.

    Paths of the project become relative to `root`, those of packages to the folder they are installed in, and the
    home folder becomes `~`. An address becomes `at 0x…`. A line that is rewritten, as progress bars are, is what
    was left of it. How often a recursion was repeated depends on the depth of the libraries below it.
    """
    text = text.replace("\r\n", "\n")
    text = _REWRITTEN.sub("", _CONTROL.sub("", text))
    text = _AUTOGRAPH.sub("__autograph_generated_file.py", text)
    text = _PACKAGES.sub("", text)
    for folder in (str(root), sysconfig.get_path("stdlib")):
        text = text.replace(folder + os.sep, "").replace(folder, ".")
    text = re.sub(rf"{re.escape(str(Path.home()))}(?=[/\\\s\"']|$)", "~", text) if len(str(Path.home())) > 1 else text
    return _REPEATED.sub("[Previous line repeated … more times]", _ADDRESS.sub("at 0x…", text))
