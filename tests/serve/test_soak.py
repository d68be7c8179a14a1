"""A short soak: edits at random, and the page is a fresh build afterwards. `benchmarks/soak.py` does it for long."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

PLACE = Path(__file__).resolve().parents[2] / "benchmarks" / "soak.py"


def test_after_many_edits_the_page_is_a_fresh_build(tmp_path):
    spec = importlib.util.spec_from_file_location("soak", PLACE)
    module = importlib.util.module_from_spec(spec)
    sys.modules["soak"] = module
    spec.loader.exec_module(module)
    found = module.soak(tmp_path / "project", edits=60, rate=20, seed=3)
    assert not found.differing
    assert not found.left
    log = (tmp_path / "project.log").read_text()
    assert not module.trouble(log), log
