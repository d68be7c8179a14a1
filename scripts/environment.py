"""The set-up that both commands share: a virtual environment in `.venv` with the versions of `constraints.txt`."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
STAMP = VENV / "greenroom-installed.txt"
INPUTS = ("pyproject.toml", "constraints.txt", "hatch_build.py", "package.json", "package-lock.json")
ASSETS = ROOT / "src" / "greenroom" / "assets"


def require_python(newest: tuple[int, int] | None = None) -> None:
    """Refuse a Python that is too old for greenroom, or that the frameworks do not support yet."""
    version = sys.version_info[:2]
    if version < (3, 11) or (newest and version > newest):
        works = "3.11 or later" if newest is None else f"3.11 to {newest[0]}.{newest[1]}"
        sys.exit(
            f"error: Python {version[0]}.{version[1]} does not do: this needs Python {works}.\n"
            f"  hint: run this script with another one, for example `python3.12 {' '.join(sys.argv)}`"
        )


def install(*extras: str) -> None:
    """Make `.venv` hold greenroom with these extras; where it does already, do nothing."""
    wanted = _wanted()
    have = STAMP.read_text(encoding="utf-8").split() if STAMP.exists() else []
    if have[:1] == [wanted] and set(extras) <= set(have[1:]):
        return
    if not _same_python():
        print(f"Making {VENV.name} with Python {sys.version_info[0]}.{sys.version_info[1]} …", flush=True)
        venv.EnvBuilder(with_pip=True, clear=True).create(VENV)
        have = []
    extras = tuple(sorted({*extras, *have[1:]}))
    what = f"greenroom[{','.join(extras)}]" if extras else "greenroom"
    print(f"Installing {what} into {VENV.name} (once; again when its requirements change) …", flush=True)
    STAMP.unlink(missing_ok=True)
    pip = [str(PYTHON), "-m", "pip", "install", "-qq", "--disable-pip-version-check", "--no-compile"]
    constraints = str(ROOT / "constraints.txt")
    environment = {**os.environ, "PIP_CONSTRAINT": constraints, "PIP_BUILD_CONSTRAINT": constraints}
    for target in (["pip"], ["-e", f".[{','.join(extras)}]" if extras else "."]):
        if subprocess.run([*pip, "-c", "constraints.txt", *target], cwd=ROOT, env=environment, check=False).returncode:
            sys.exit(
                f"error: pip could not install {target[-1]} into {VENV}\n"
                "  hint: its messages are above; with the network back, run the same command again"
            )
    # Where Python is told to write no bytecode, it would compile everything anew at every start. All cores together do
    # this sooner than pip. What is compiled already is left, and so are files that are for another Python.
    run("python", "-m", "compileall", "-qq", "-j", "0", "src", str(VENV))
    STAMP.write_text("\n".join([wanted, *extras]), encoding="utf-8")


def run(*command: str) -> int:
    """Run a command of `.venv` in the project's root and return its exit status."""
    environment = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}", "VIRTUAL_ENV": str(VENV)}
    return subprocess.run([str(BIN / command[0]), *command[1:]], cwd=ROOT, env=environment, check=False).returncode


def _wanted() -> str:
    """A digest of what decides the installation: the requirements, and the sources of the bundled assets."""
    hasher = hashlib.sha256()
    sources = sorted(path for path in ASSETS.rglob("*") if path.is_file() and "vendor" not in path.parts)
    for path in (*(ROOT / name for name in INPUTS), *sources):
        hasher.update(path.name.encode() + b"\0" + path.read_bytes())
    return hasher.hexdigest()


def _same_python() -> bool:
    """Whether `.venv` is there, whole, and of the Python that runs this."""
    if not PYTHON.exists():
        return False
    settings = (VENV / "pyvenv.cfg").read_text(encoding="utf-8")
    return f"version = {sys.version_info[0]}.{sys.version_info[1]}." in settings
