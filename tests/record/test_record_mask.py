"""What the machine put into a text is taken out of it."""

from __future__ import annotations

import sysconfig
import time
from pathlib import Path

import pytest

from greenroom.record.mask import mask

ROOT = Path("/home/ada/talk")


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ('File "/home/ada/talk/snippets/a/tf2.py", line 3', 'File "snippets/a/tf2.py", line 3'),
        ("cwd is /home/ada/talk", "cwd is ."),
        ("/home/ada/talk/.venv/lib/python3.12/site-packages/torch/lazy.py:9: Warning", "torch/lazy.py:9: Warning"),
        (f'File "{sysconfig.get_path("stdlib")}/json/decoder.py"', 'File "json/decoder.py"'),
        (f"{Path.home()}/data and {Path.home()}", "~/data and ~"),
        ("<object object at 0x7f3c2b1a4d90>", "<object object at 0x…>"),
        ("hex(255) = 0xff, meet at 0x10", "hex(255) = 0xff, meet at 0x10"),
        ("/tmp/__autograph_generated_fileab12_3.py", "__autograph_generated_file.py"),
        ("\x1b[1m3/3\x1b[0m done", "3/3 done"),
        ("one\r\ntwo\r\n", "one\ntwo\n"),
        (" 10%\r 50%\r100%\ndone\n", "100%\ndone\n"),
        ("left\r", "left\r"),
        ("  [Previous line repeated 490 more times]", "  [Previous line repeated … more times]"),
    ],
)  # fmt: skip
def test_masks(text: str, masked: str) -> None:
    assert mask(text, ROOT) == masked


def test_long_lines_take_no_time() -> None:
    text = "x" * 65_536
    began = time.process_time()
    assert mask(text, ROOT) == text
    assert mask(f"{text}\rdone", ROOT) == "done"
    assert time.process_time() - began < 1
