"""The wheel, made from the sources alone and installed where there is neither Node.js nor the project's own source."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import venv
import zipfile
from email import message_from_bytes
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = (
    ".gitignore",
    "pyproject.toml",
    "hatch_build.py",
    "package.json",
    "package-lock.json",
    "README.md",
    "LICENSE",
    "src",
)
VENDOR = "greenroom/assets/vendor/"


def run(*command: str | Path, cwd: Path, **variables: str) -> str:
    done = subprocess.run(
        list(map(str, command)),
        cwd=cwd,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=900,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built as pip builds it, from what is committed: the assets come from npm, by the lock file."""
    source = tmp_path_factory.mktemp("clone") / "greenroom"
    source.mkdir()
    made = shutil.ignore_patterns("vendor", "vendor.*", "__pycache__")
    for name in SOURCES:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, source / name, ignore=made)
        else:
            shutil.copy2(ROOT / name, source / name)
    target = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", target, ".", cwd=source)
    (built,) = target.iterdir()
    return built


@pytest.fixture(scope="module")
def files(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of programs of an environment that has the wheel and what it requires, and nothing else."""
    folder = tmp_path_factory.mktemp("installed") / "venv"
    venv.EnvBuilder().create(folder)
    programs = folder / ("Scripts" if os.name == "nt" else "bin")
    pip = (sys.executable, "-m", "pip", "--python", programs / "python", "--disable-pip-version-check")
    run(*pip, "install", "--quiet", "--no-compile", "-c", ROOT / "constraints.txt", wheel, cwd=folder)
    return programs


def greenroom(installed: Path, *arguments: str | Path, cwd: Path) -> str:
    assert shutil.which("node", path=str(installed)) is None
    assert not cwd.is_relative_to(ROOT)
    return run(installed / "greenroom", *arguments, cwd=cwd, PATH=str(installed), PYTHONPATH="")


def test_the_wheel_holds_the_package_and_nothing_else(files: dict[str, bytes]) -> None:
    written = {
        path.relative_to(ROOT / "src").as_posix()
        for path in (ROOT / "src" / "greenroom").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and "assets" not in path.parts
    }
    others = {name for name in files if not name.startswith(VENDOR) and ".dist-info/" not in name}
    assert others == written


def test_the_assets_are_those_that_decks_load_with_their_licences(files: dict[str, bytes]) -> None:
    vendor = {name.removeprefix(VENDOR) for name in files if name.startswith(VENDOR)}
    ours = {"deck.js", "deck.css", "speaker.html", "speaker.js", "math.css", "axe.js", "themes/greenroom.css"}
    assert {*ours, "LICENSES/reveal.js.txt"} <= vendor
    kinds = {Path(name).suffix for name in vendor}
    assert kinds == {".html", ".js", ".css", ".woff2", ".txt"}
    named = {
        font
        for name in vendor
        if name.endswith(".css")
        for font in re.findall(r"fonts/[\w-]+\.woff2", files[VENDOR + name].decode())
    }
    assert named == {name for name in vendor if name.startswith("fonts/")}
    licences = "\n".join(name for name in vendor if name.startswith("LICENSES/"))
    families = {"-".join(Path(font).stem.split("-")[:2]).removesuffix("-latin") for font in named}
    assert {family for family in families if family not in licences} == set()


def test_the_assets_ask_no_other_host(files: dict[str, bytes]) -> None:
    told = {
        name
        for name, data in files.items()
        if name.startswith(VENDOR)
        and name.endswith(".css")
        and re.search(rb"(?:@import|url\()\s*['\"]?(?:https?:)?//", data)
    }
    assert told == set()


def test_the_metadata_names_programs_plugins_and_licence(files: dict[str, bytes]) -> None:
    (info,) = {name.partition("/")[0] for name in files if ".dist-info/" in name}
    metadata = message_from_bytes(files[f"{info}/METADATA"])
    assert metadata["Requires-Python"] == ">=3.11"
    assert {"tf2", "pytorch", "browser", "dev"} <= set(metadata.get_all("Provides-Extra", []))
    heavy = ("tensorflow", "torch", "nodejs", "playwright", "pytest")
    required = [each for each in metadata.get_all("Requires-Dist", []) if "extra ==" not in each]
    assert [each for each in required if each.startswith(heavy)] == []
    points = files[f"{info}/entry_points.txt"].decode()
    assert "greenroom = greenroom.cli:main" in points
    assert "[mkdocs.plugins]" in points
    assert f"{info}/licenses/LICENSE" in files


def test_a_deck_is_built_without_node(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "talk.md").write_text("# Hi\n\n$x^2$\n\n```python\nx = 1\n```\n")
    assert "written" in greenroom(installed, "deck", "talk.md", "-o", "out", cwd=tmp_path)
    assert "<math" in (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    assert (tmp_path / "out" / "assets" / "deck.js").is_file()


def test_the_talk_is_built_without_node_and_without_the_frameworks(installed: Path, tmp_path: Path) -> None:
    for name in ("mkdocs.yml", "README.md", "docs", "slides", "snippets"):
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(ROOT / name, tmp_path / name)
    assert "is built" in greenroom(installed, "build", cwd=tmp_path)
    assert (tmp_path / "site" / "slides" / "tf2-pytorch" / "index.html").is_file()
    assert (tmp_path / "site" / "index.html").is_file()
