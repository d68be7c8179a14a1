"""The project's own site and talk: built the same everywhere, whole or not at all, and presented in a real browser."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page

from greenroom import output

ROOT = Path(__file__).parents[1]
PARTS = ("mkdocs.yml", "README.md", "docs", "slides", "snippets")
GREENROOM = shutil.which("greenroom", path=str(Path(sys.executable).parent))


def copied(folder: Path) -> Path:
    """The project in another place, without what is built."""
    folder.mkdir()
    for name in PARTS:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(ROOT / name, folder / name)
    return folder


def build(root: Path, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command or (str(GREENROOM), "build"),
        cwd=root,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=300,
    )


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project, built. Tests that break it mend it."""
    root = copied(tmp_path_factory.mktemp("first") / "project")
    done = build(root, PYTHONHASHSEED="1", SOURCE_DATE_EPOCH="1700000000", LC_ALL="C.UTF-8")
    assert done.returncode == 0, done.stderr
    return root


# --- the files ------------------------------------------------------------------------------------------------------


def test_another_place_and_hash_seed_make_the_same_bytes(project: Path, tmp_path: Path) -> None:
    other = copied(tmp_path / "somewhere else")
    done = build(other, PYTHONHASHSEED="2", SOURCE_DATE_EPOCH="1700000000", TZ="Asia/Tokyo")
    assert done.returncode == 0, done.stderr
    ours, theirs = contents(project / "site"), contents(other / "site")
    assert ours.keys() == theirs.keys()
    assert [name for name in ours if ours[name] != theirs[name]] == []


def test_nothing_of_the_machine_is_published(project: Path) -> None:
    told = [name for name, data in contents(project / "site").items() if str(project.parent).encode() in data]
    assert told == []


def test_with_nothing_changed_nothing_is_done(project: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in (project / "site").rglob("*")}
    done = build(project)
    assert done.returncode == 0
    assert "is up to date" in done.stdout
    assert {path: path.stat().st_mtime_ns for path in (project / "site").rglob("*")} == before


def test_what_mkdocs_settings_name_is_part_of_the_site(tmp_path: Path) -> None:
    files = {
        "mkdocs.yml": "site_name: A\nplugins: [greenroom]\nhooks: [hook.py]\ntheme: {name: mkdocs, custom_dir: own}\n",
        "docs/index.md": "# A\n",
        "hook.py": "",
        "own/main.html": '{% extends "base.html" %}\n',
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert "is up to date" not in build(tmp_path).stdout
    assert "is up to date" in build(tmp_path).stdout
    hook = "def on_page_content(html, **_):\n    return html + 'by a hook'\n"
    (tmp_path / "hook.py").write_text(hook, encoding="utf-8")
    assert "is up to date" not in build(tmp_path).stdout
    assert "by a hook" in (tmp_path / "site" / "index.html").read_text(encoding="utf-8")
    (tmp_path / "own" / "main.html").write_text(files["own/main.html"] + "{% block footer %}A foot{% endblock %}\n")
    assert "is up to date" not in build(tmp_path).stdout


def test_mkdocs_alone_builds_the_same_site(project: Path) -> None:
    before = contents(project / "site")
    command = (sys.executable, "-m", "mkdocs", "build", "--strict")
    done = build(project, *command, SOURCE_DATE_EPOCH="1700000000")
    assert done.returncode == 0, done.stderr
    after = contents(project / "site")
    assert after == {name: data for name, data in before.items() if name != output.STAMP}
    assert build(project, SOURCE_DATE_EPOCH="1700000000").returncode == 0
    assert contents(project / "site") == before


def test_a_mistake_leaves_the_old_site(project: Path) -> None:
    before = contents(project / "site")
    talk = project / "slides" / "tf2-pytorch.md"
    text = talk.read_bytes()
    talk.write_bytes(text + b'\n---\n## Late\n\n```python snippet="tensors:no_such_cell"\n```\n')
    done = build(project)
    talk.write_bytes(text)
    assert done.returncode == 1
    assert "error[selector-unknown]" in done.stderr
    assert contents(project / "site") == before
    assert leftovers(project) == []


def test_a_build_that_is_killed_at_any_moment_leaves_a_whole_site(tmp_path: Path) -> None:
    """Either the old one or, where the kill came late, the new one; and the next build works."""
    project = tmp_path / "small"
    for name, text in {
        "mkdocs.yml": "site_name: Small\nplugins:\n  - greenroom\n",
        "docs/index.md": "# Small\n",
        "slides/small.md": "# Small\n\n---\n## Two\n\n* a\n* b\n",
    }.items():
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text(text, encoding="utf-8")
    assert build(project, SOURCE_DATE_EPOCH="1700000000").returncode == 0
    page = project / "docs" / "index.md"
    text = page.read_bytes()
    old = contents(project / "site")
    page.write_bytes(text + b"\nMore.\n")
    start = time.monotonic()
    assert build(project, SOURCE_DATE_EPOCH="1700000000").returncode == 0
    seconds = time.monotonic() - start
    new = contents(project / "site")
    page.write_bytes(text)
    assert build(project, SOURCE_DATE_EPOCH="1700000000").returncode == 0
    assert contents(project / "site") == old != new
    page.write_bytes(text + b"\nMore.\n")
    for part in (0.3, 0.5, 0.7, 0.8, 0.9, 0.97):
        with subprocess.Popen(
            [str(GREENROOM), "build"],
            cwd=project,
            env={**os.environ, "SOURCE_DATE_EPOCH": "1700000000"},
            stdout=subprocess.DEVNULL,
        ) as process:
            time.sleep(part * seconds)
            process.send_signal(signal.SIGKILL)
        found = contents(project / "site")
        found.pop(output.STAMP, None)
        assert found in [{name: data for name, data in site.items() if name != output.STAMP} for site in (old, new)]
    for folder in leftovers(project):
        hours_ago = time.time() - 2 * output.LEFTOVER_SECONDS
        os.utime(folder, (hours_ago, hours_ago))
    page.write_bytes(text)
    assert build(project, SOURCE_DATE_EPOCH="1700000000").returncode == 0
    assert contents(project / "site") == old
    assert leftovers(project) == []


def leftovers(project: Path) -> list[Path]:
    return list(project.glob(".site*"))


# --- the talk in a browser ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def home(project: Path, served: Callable[[Path], str]) -> str:
    return f"{served(project / 'site')}/"


@pytest.fixture
def wrong(chromium: Browser) -> Iterator[tuple[Page, list[str]]]:
    """A page, and what goes wrong on it: what the console says, and requests that fail or leave this machine."""
    context = chromium.new_context(viewport={"width": 1280, "height": 720})
    page = context.new_page()
    found: list[str] = []
    page.on("console", lambda message: found.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: found.append(str(error)))
    page.on("response", lambda response: found.append(response.url) if response.status >= 400 else None)
    page.on("requestfailed", lambda asked: found.append(asked.url) if "ABORTED" not in str(asked.failure) else None)
    page.on("request", lambda asked: found.append(asked.url) if asked.url and not local(asked.url) else None)
    yield page, found
    context.close()


def local(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in ("file", "data", "blob", "about") or parts.hostname == "127.0.0.1"


def test_every_slide_of_the_talk_is_reached_by_the_space_key(home: str, wrong: tuple[Page, list[str]]) -> None:
    page, found = wrong
    page.goto(f"{home}slides/tf2-pytorch/index.html")
    page.wait_for_function("window.Reveal && Reveal.isReady()")
    page.evaluate("Reveal.configure({ transition: 'none', backgroundTransition: 'none' })")
    slides = page.evaluate("Reveal.getSlides().map((slide) => slide.id)")
    assert len(set(slides)) == len(slides) > 40
    where_it_is = "[Reveal.getCurrentSlide().id, Reveal.isLastSlide() && !Reveal.availableFragments().next]"
    reached = []
    for _ in range(2000):
        current, is_last = page.evaluate(where_it_is)
        if reached[-1:] != [current]:
            reached.append(current)
        if is_last:
            break
        page.keyboard.press("Space")
    assert reached == slides
    page.wait_for_function(f"location.hash === '#/{slides[-1]}'")
    assert found == []
