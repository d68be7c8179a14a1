"""The modules import one way, and what has to start quickly loads nothing heavy."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import greenroom

PACKAGE = Path(greenroom.__file__).parent
MODULES = {
    ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(PACKAGE.rglob("*.py"))
}
STAGES = ("talk", "source", "resolve", "morph", "deck", "pages", "notebooks", "census")
LAYERS = (
    ("model", "memo"),
    ("problems",),
    (
        *("dialect", "drift", "layout", "pictures", "plain_markdown", "programs"),
        *("python_markdown", "styles", "syntax", "widths"),
        *("config", "offers", "resources", "output", "assets"),
    ),
    (*STAGES, "record"),
    ("build", "markdown_extension"),  # each may ask the other, the extension where no plugin hands it the project
    ("mkdocs_plugin", "progress", "browser", "shell"),
    ("site", "serve", "rehearse", "export"),
    ("cli", "pytest_plugin"),
)
"""A module imports from the layers above it in this list; the package itself and `record` are of one piece."""

PURE = (
    "model",
    "problems",
    "dialect",
    "drift",
    "layout",
    "offers",
    "plain_markdown",
    "programs",
    "python_markdown",
    "widths",
    "resources",
    "styles",
    "syntax",
    *STAGES,
)
FILES = {"os", "io", "pathlib.Path", "shutil", "tempfile", "subprocess", "socket", "urllib.request", "glob"}
SHELLS = {"mkdocs", "playwright", "click", "rich", "tensorflow", "keras", "torch"}
HEAVY = {
    *SHELLS,
    "starlette",
    "uvicorn",
    "watchfiles",
    "numpy",
    "matplotlib",
    "yaml",
    "markdown_it",
    "pygments",
    "selectolax",
    "mdformat",
    "markdown",
} - {"click"}


def imports(path: Path) -> set[str]:
    """All that a module imports, also in its functions: full names of modules, and of what is taken from them."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports by dots"
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
            found.add(node.module or "")
    return found


def own(path: Path) -> set[str]:
    """The modules of the package that a module imports, by the first part of their names below it."""
    return {name.split(".")[1] for name in imports(path) if name.startswith("greenroom.")} & set(ranks())


def ranks() -> dict[str, int]:
    return {name: rank for rank, layer in enumerate(LAYERS) for name in layer}


def part(module: str) -> str:
    return module.partition(".")[2].partition(".")[0]


def test_every_module_has_its_place():
    assert {part(module) for module in MODULES} - {"", "__main__"} <= set(ranks())


@pytest.mark.parametrize("module", [module for module in MODULES if part(module) and not module.endswith("__main__")])
def test_imports_run_one_way(module):
    name, rank = part(module), ranks()
    wrong = {other for other in own(MODULES[module]) - {name} if rank[other] > rank[name]}
    siblings = {other for other in own(MODULES[module]) & {*STAGES, "record"} - {name} if name in (*STAGES, "record")}
    assert wrong | siblings == set()


@pytest.mark.parametrize("name", PURE)
def test_the_core_reads_no_files_and_knows_no_host(name):
    found = imports(PACKAGE / f"{name}.py")
    known = {each for each in found if each in FILES or each.split(".")[0] in SHELLS}
    assert known <= ({"pathlib.Path"} if name == "deck" else set())  # the deck's template is a part of the package


@pytest.mark.parametrize(
    "start", ["import greenroom", "from greenroom.cli import main; main(['--help'], standalone_mode=False)"]
)
def test_what_starts_quickly_loads_nothing_heavy(start):
    code = f"import sys\n{start}\nprint('loaded:', *sorted(name for name in sys.modules if '.' not in name))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.rpartition("loaded:")[2].split())
    assert "greenroom" in loaded
    assert loaded & HEAVY == set()
