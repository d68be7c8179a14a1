"""When recordings were made, as git knows it or the disk."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from greenroom.serve.dates import dates


def _git(root: Path, *arguments: str, date: str = "2020-02-03T12:00:00+00:00") -> None:
    identity = ("-c", "user.name=A", "-c", "user.email=a@example.org")
    env = {**os.environ, "GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date}
    subprocess.run(["git", *identity, *arguments], cwd=root, env=env, check=True, capture_output=True)


def _write(file: Path, text: str, time: int) -> None:
    file.write_text(text)
    os.utime(file, (time, time))


def test_what_was_committed_has_the_day_of_that_and_what_was_changed_since_its_own(tmp_path):
    root = tmp_path / "talk"
    root.mkdir()
    _git(tmp_path, "init")
    for name in ("ä.json", "old.json", "changed.json"):
        _write(root / name, "1", 0)
    _git(tmp_path, "add", ".")
    _git(tmp_path, "commit", "-m", "first")
    _write(root / "ä.json", "second", 1)
    _git(tmp_path, "commit", "-am", "second", date="2021-04-05T12:00:00+00:00")
    noon = 1_650_024_000
    _write(root / "changed.json", "changed", noon)
    _write(root / "new.json", "1", noon)
    found = dates(root, ["ä.json", "old.json", "changed.json", "new.json", "gone.json"])
    assert found == {
        "ä.json": "2021-04-05",
        "old.json": "2020-02-03",
        "changed.json": "2022-04-15",
        "new.json": "2022-04-15",
    }


def test_without_git_the_disk_tells(tmp_path, monkeypatch):
    _write(tmp_path / "a.json", "1", 1_650_024_000)
    monkeypatch.setenv("PATH", "")
    assert dates(tmp_path, ["a.json"]) == {"a.json": "2022-04-15"}
