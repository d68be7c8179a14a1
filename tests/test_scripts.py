"""The two commands of the README: standard-library Python that sets everything up, from anywhere, and only once."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[1]
SCRIPTS = ROOT / "scripts"


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    """The shared set-up, for a copy of the project's requirements, with nothing installed yet."""
    monkeypatch.syspath_prepend(str(SCRIPTS))
    monkeypatch.delitem(sys.modules, "environment", raising=False)
    import environment

    for name in environment.INPUTS:
        shutil.copy2(ROOT / name, tmp_path / name)
    monkeypatch.setattr(environment, "ROOT", tmp_path)
    for name, place in {"VENV": ".venv", "STAMP": ".venv/greenroom-installed.txt", "ASSETS": "assets"}.items():
        monkeypatch.setattr(environment, name, tmp_path / place)
    python = tmp_path / ".venv" / environment.PYTHON.relative_to(ROOT / ".venv")
    monkeypatch.setattr(environment, "PYTHON", python)
    monkeypatch.setattr(environment, "BIN", python.parent)
    monkeypatch.delitem(sys.modules, "environment")
    return environment


class Ran(list[list[str]]):
    """Stands for `subprocess.run`: keeps what was asked for, and ends as it is told to."""

    status = 0

    def __call__(self, command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        self.append(command)
        return subprocess.CompletedProcess(command, self.status)


@pytest.fixture
def ran(environment: ModuleType, monkeypatch: pytest.MonkeyPatch) -> Ran:
    """What was run: no network, but a real virtual environment."""
    ran = Ran()
    monkeypatch.setattr(environment.subprocess, "run", ran)
    monkeypatch.setattr(environment.venv, "EnvBuilder", lambda **_: Builder())
    return ran


class Builder:
    """Makes as much of a virtual environment as is looked at."""

    def create(self, folder: Path) -> None:
        (folder / "bin").mkdir(parents=True, exist_ok=True)
        (folder / "Scripts").mkdir(exist_ok=True)
        for program in ("bin/python", "Scripts/python.exe"):
            (folder / program).touch()
        version = ".".join(map(str, sys.version_info[:3]))
        (folder / "pyvenv.cfg").write_text(f"home = x\nversion = {version}\n", encoding="utf-8")


# --- the commands ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("script", ["build.py", "test.py"])
def test_help_is_told_from_any_folder_and_installs_nothing(script: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-S", str(SCRIPTS / script), "--help"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith(f"usage: {script}")
    assert list(tmp_path.iterdir()) == []


def test_build_offers_to_serve() -> None:
    done = subprocess.run(
        [sys.executable, str(SCRIPTS / "build.py"), "--help"], capture_output=True, text=True, check=True
    )
    assert "--serve" in done.stdout


@pytest.mark.parametrize("script", ["build.py", "test.py"])
def test_wrong_usage_ends_with_2(script: str) -> None:
    done = subprocess.run(
        [sys.executable, str(SCRIPTS / script), "--fast"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2


@pytest.mark.parametrize("path", sorted(SCRIPTS.glob("*.py")), ids=lambda path: path.name)
def test_they_need_nothing_but_python(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in names} <= {*sys.stdlib_module_names, "environment"}


def test_ci_runs_the_two_commands() -> None:
    told = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert re.findall(r"python3 (scripts/\S+)", told) == ["scripts/build.py", "scripts/test.py"]


# --- the version of Python ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", [(2, 7, 18), (3, 9, 1), (3, 10, 13)])
def test_an_old_python_is_refused(
    environment: ModuleType, monkeypatch: pytest.MonkeyPatch, version: tuple[int, ...]
) -> None:
    monkeypatch.setattr(environment.sys, "version_info", version)
    with pytest.raises(SystemExit) as refused:
        environment.require_python()
    assert f"Python {version[0]}.{version[1]} does not do: this needs Python 3.11 or later" in str(refused.value)
    assert "hint: " in str(refused.value)


@pytest.mark.parametrize(
    ("version", "works"), [((3, 10, 0), False), ((3, 11, 0), True), ((3, 13, 9), True), ((3, 14, 0), False)]
)
def test_the_frameworks_want_certain_versions(
    environment: ModuleType, monkeypatch: pytest.MonkeyPatch, version: tuple[int, ...], works: bool
) -> None:
    monkeypatch.setattr(environment.sys, "version_info", version)
    if works:
        environment.require_python((3, 13))
    else:
        with pytest.raises(SystemExit, match=r"this needs Python 3\.11 to 3\.13"):
            environment.require_python((3, 13))


def others() -> list[Path]:
    """Other Pythons on this machine that are too old, if there are any."""
    homes = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    found = [*homes.glob("3.[89].*/bin/python"), *homes.glob("3.10.*/bin/python")]
    return sorted(found)


@pytest.mark.parametrize("script", ["build.py", "test.py"])
def test_a_real_old_python_is_refused_without_a_traceback(script: str) -> None:
    for python in others():
        done = subprocess.run([str(python), str(SCRIPTS / script)], capture_output=True, text=True, check=False)
        assert done.returncode == 1
        assert "this needs Python 3.11" in done.stderr
        assert "Traceback" not in done.stderr


# --- the installation -----------------------------------------------------------------------------------------------


def pips(ran: Ran) -> list[str]:
    """What was installed, in order."""
    return [command[-1] for command in ran if "install" in command]


def test_what_is_missing_is_installed_once(environment: ModuleType, ran: Ran) -> None:
    environment.install()
    assert pips(ran) == ["pip", "."]
    assert all("constraints.txt" in command for command in ran if "install" in command)
    ran.clear()
    environment.install()
    assert ran == []


def test_extras_are_added_and_stay(environment: ModuleType, ran: Ran) -> None:
    environment.install()
    environment.install("tf2", "dev")
    assert pips(ran)[-1] == ".[dev,tf2]"
    ran.clear()
    environment.install()
    environment.install("dev")
    assert ran == []


@pytest.mark.parametrize("name", ["pyproject.toml", "constraints.txt", "package-lock.json"])
def test_a_changed_requirement_is_installed_with_all_there_was(environment: ModuleType, ran: Ran, name: str) -> None:
    environment.install("tf2")
    file = environment.ROOT / name
    file.write_text(file.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    ran.clear()
    environment.install()
    assert pips(ran) == ["pip", ".[tf2]"]


def test_an_environment_of_another_python_is_made_anew(environment: ModuleType, ran: Ran) -> None:
    environment.install("tf2")
    (environment.VENV / "pyvenv.cfg").write_text("version = 3.9.1\n", encoding="utf-8")
    (environment.ROOT / "constraints.txt").write_text("", encoding="utf-8")
    ran.clear()
    environment.install()
    assert pips(ran) == ["pip", "."]


def test_an_installation_that_failed_is_told_and_tried_again(environment: ModuleType, ran: Ran) -> None:
    ran.status = 1
    with pytest.raises(SystemExit, match="hint: "):
        environment.install()
    ran.status = 0
    ran.clear()
    environment.install()
    assert pips(ran) == ["pip", "."]
