"""`mkdocs build` and `mkdocs serve` alone make the site, decks included: whole, or not at all."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urldefrag

import pytest
from click.testing import CliRunner
from mkdocs.config import load_config
from selectolax.lexbor import LexborHTMLParser

from greenroom import site
from greenroom.cli import main
from greenroom.config import OPTIONS
from greenroom.mkdocs_plugin import GreenroomPlugin, PluginOptions

TALK = """\
---
title: Sums
---
# Sums

Note: About *adding*. See [the sum](#/add).

---
## Adding

----
<!-- .slide: id="add" -->

```python snippet="sums:add"
```

![one dot](dot.svg)

----
### And then

$1 + 1$
"""
MODULE = '"""Adds."""\n\n# %% add\nx = 1\nprint(x + x)\n'
CONFIG = """\
site_name: Sums
theme:
  name: material
  font: false
plugins: [search, greenroom]
"""


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with its recordings."""
    root = tmp_path_factory.mktemp("project")
    for folder in ("slides", "docs", "snippets/sums", "snippets/deep/sums"):
        (root / folder).mkdir(parents=True)
    (root / "mkdocs.yml").write_text(CONFIG)
    (root / "slides" / "sums.md").write_text(TALK)
    dot = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><circle r="4"/></svg>'
    (root / "slides" / "dot.svg").write_text(dot)
    (root / "docs" / "index.md").write_text(
        '# Home\n\n[Read](talks/sums/index.md)\n\n```python snippet="deep/sums:add"\n```\n'
    )
    (root / "docs" / "zebra.md").write_text("# Zebra\n")
    (root / "snippets" / "sums" / "python.py").write_text(MODULE)
    (root / "snippets" / "deep" / "sums" / "python.py").write_text(MODULE)
    before = Path.cwd()
    os.chdir(root)
    try:
        result = CliRunner().invoke(main, ["record"], catch_exceptions=False)
    finally:
        os.chdir(before)
    assert result.exit_code == 0, result.output
    return root


@pytest.fixture
def project(recorded: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(recorded, tmp_path / "project"))


def mkdocs(root: Path, *arguments: str, seed: str = "0") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mkdocs", *arguments]
    environment = {**os.environ, "PYTHONHASHSEED": seed}
    return subprocess.run(command, cwd=root, capture_output=True, text=True, env=environment, check=False)


def built(root: Path, *arguments: str) -> Path:
    done = mkdocs(root, "build", "--strict", *arguments)
    assert done.returncode == 0, done.stderr
    return root / "site"


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def links(folder: Path) -> Iterator[tuple[Path, str, str]]:
    """Each page's addresses within the site."""
    for page in sorted(folder.rglob("*.html")):
        if page.name == "404.html":  # its addresses start at the root of the server
            continue
        for node in LexborHTMLParser(page.read_text(encoding="utf-8")).css("[href], [src]"):
            address = node.attributes.get("href") or node.attributes.get("src") or ""
            path, anchor = urldefrag(address)
            if not path.startswith(("http:", "https:", "data:", "javascript:")):
                yield page, unquote(path), unquote(anchor)


def broken(folder: Path) -> list[str]:
    found = []
    for page, path, anchor in links(folder):
        target = (page.parent / path.partition("?")[0]).resolve() if path else page
        target = target / "index.html" if target.is_dir() else target
        if not target.is_file():
            found.append(f"{page.relative_to(folder)}: {path}")
        elif anchor and target.suffix == ".html" and not anchor.startswith("__"):
            id_ = anchor.removeprefix("/")
            if not LexborHTMLParser(target.read_text(encoding="utf-8")).css(f'[id="{id_}"]'):
                found.append(f"{page.relative_to(folder)}: {path}#{anchor}")
    return found


@pytest.mark.parametrize("directories", [True, False])
def test_everything_is_there_and_linked(project: Path, directories: bool) -> None:
    (project / "mkdocs.yml").write_text(f"{CONFIG}use_directory_urls: {str(directories).lower()}\n")
    folder = built(project)
    end = "/index.html" if directories else ".html"
    for path in (
        "slides/sums/index.html",
        "slides/sums/assets/deck.js",
        "talks/sums/index.html",
        f"talks/sums/sums{end}",
        f"talks/sums/adding{end}",
        f"snippets/sums{end}",
        f"snippets/deep/sums{end}",
        "snippets/sums/python.py",
    ):
        assert (folder / path).is_file(), path
    assert broken(folder) == []
    deck = LexborHTMLParser((folder / "slides/sums/index.html").read_text(encoding="utf-8"))
    page = "adding/" if directories else "adding.html"
    assert deck.css_first('section[id="add"] a.read').attributes["href"] == f"../../talks/sums/{page}#add"
    adding = (folder / f"talks/sums/adding{end}").read_text(encoding="utf-8")
    assert "#/add" in adding
    assert "<math" in adding
    page_of_add = LexborHTMLParser(adding)
    assert page_of_add.css_first(".slide div.output code").text() == "2\n"
    assert not list(project.glob(".site*"))


def test_settings_of_the_author_stay(project: Path) -> None:
    (project / "mkdocs.yml").write_text(f"{CONFIG}markdown_extensions: [{{pymdownx.highlight: {{linenums: true}}}}]\n")
    config = load_config(str(project / "mkdocs.yml"))
    config.plugins["greenroom"].on_config(config)
    assert config.mdx_configs["pymdownx.highlight"] == {"linenums": True}
    assert config.mdx_configs["pymdownx.tabbed"] == {"alternate_style": True}
    assert len(config.markdown_extensions) == len(set(config.markdown_extensions))


def test_stacks_keep_their_order_without_a_navigation(project: Path) -> None:
    page = LexborHTMLParser((built(project) / "index.html").read_text(encoding="utf-8"))
    shown = [" ".join(node.text().split()) for node in page.css(".md-nav--primary .md-nav__link span.md-ellipsis")]
    assert list(dict.fromkeys(shown)) == ["Home", "Zebra", "Sums", "Adding", "Snippets", "sums", "deep", "deep/sums"]


def test_navigation_names_a_folder(project: Path) -> None:
    nav = "nav:\n  - Home: index.md\n  - More:\n      - talks/sums/\n      - zebra.md\n  - snippets/\n"
    (project / "mkdocs.yml").write_text(CONFIG + nav)
    page = LexborHTMLParser((built(project) / "index.html").read_text(encoding="utf-8"))
    shown = [" ".join(node.text().split()) for node in page.css(".md-nav--primary .md-nav__link span.md-ellipsis")]
    assert list(dict.fromkeys(shown)) == [
        "Home",
        "More",
        "Sums",
        "Adding",
        "Zebra",
        "Snippets",
        "sums",
        "deep",
        "deep/sums",
    ]


def test_all_mistakes_are_told_and_the_old_site_stays(project: Path) -> None:
    before = contents(built(project))
    talk = project / "slides" / "sums.md"
    talk.write_text(talk.read_text().replace("sums:add", "sums:ad").replace("dot.svg", "dots.svg"))
    (project / "docs" / "zebra.md").write_text('# Zebra\n\n```python snippet="sum"\n```\n')
    done = mkdocs(project, "build")
    assert done.returncode == 1
    told = done.stdout + done.stderr
    for place in ("slides/sums.md:14:20: error[selector-unknown]", "docs/zebra.md:3:20: error[lesson-unknown]"):
        assert place in told
    assert "dots.svg" in told
    assert "Traceback" not in told
    assert contents(project / "site") == before
    assert not list(project.glob(".site*"))


def test_strict_build_that_warns_leaves_the_old_site(project: Path) -> None:
    before = contents(built(project))
    (project / "docs" / "zebra.md").write_text("# Zebra\n\n[x](nowhere.md)\n")
    assert mkdocs(project, "build", "--strict").returncode == 1
    assert contents(project / "site") == before
    assert not list(project.glob(".site*"))
    assert [problem.span.path for problem in site.build(project).problems] == ["mkdocs.yml"]
    assert contents(project / "site") == before


@pytest.mark.parametrize("event", ["on_post_page", "on_post_build"])
def test_build_that_is_killed_leaves_the_old_site(project: Path, event: str) -> None:
    before = contents(built(project))
    (project / "kill.py").write_text(
        f"import os\n\n\ndef {event}(*_, **__):\n    os.kill(os.getpid(), {int(signal.SIGKILL)})\n"
    )
    (project / "mkdocs.yml").write_text(f"{CONFIG}hooks: [kill.py]\n")
    assert mkdocs(project, "build").returncode == -signal.SIGKILL
    assert contents(project / "site") == before
    (project / "mkdocs.yml").write_text(CONFIG)
    assert set(contents(built(project))) == set(before)


def test_two_builds_are_the_same_byte_for_byte(project: Path) -> None:
    results = []
    for seed in ("1", "2"):
        assert mkdocs(project, "build", seed=seed).returncode == 0
        found = contents(project / "site")
        results.append({path: data for path, data in found.items() if not path.startswith("sitemap.xml")})
    assert results[0] == results[1]


def test_serving_builds_where_mkdocs_wants_it_and_watches_the_sources(project: Path, tmp_path: Path) -> None:
    config = load_config(str(project / "mkdocs.yml"), site_dir=str(tmp_path / "served"))
    plugin = config.plugins["greenroom"]
    assert isinstance(plugin, GreenroomPlugin)
    plugin.on_startup(command="serve", dirty=False)
    plugin.on_config(config)
    assert config.site_dir == str(tmp_path / "served")
    assert {str(project / "slides"), str(project / "snippets")} <= set(config.watch)


def test_the_options_of_the_configuration_are_those_of_the_plugin() -> None:
    """MkDocs refuses what it does not know, before greenroom could say where it stands."""
    assert sorted(name for name, _ in PluginOptions._schema) == sorted(OPTIONS)
    options = PluginOptions()
    options.load_dict({"slides": "talks", "snippets": "code", "limits": {"seconds": 5}})
    assert options.validate() == ([], [])


def test_notebooks_are_in_the_site_and_services_open_those_of_the_repository(project: Path) -> None:
    """Also where the repository's address comes from the environment, as on a server that builds."""
    with (project / "mkdocs.yml").open("a") as file:
        file.write("repo_url: !ENV [TALK, https://github.com/octocat/talk]\nremote_branch: site\n")
    found = built(project)
    books = {path.relative_to(found).as_posix() for path in (found / "notebooks").rglob("*") if path.is_file()}
    assert books == {f"notebooks/{name}.ipynb" for name in ("snippets/sums-python", "snippets/deep/sums-python")} | {
        "notebooks/talks/sums-python.ipynb"
    }
    for page, name in (
        ("index.html", "snippets/deep/sums-python"),
        ("talks/sums/index.html", "talks/sums-python"),
        ("talks/sums/adding/index.html", "snippets/sums-python"),
        ("snippets/sums/index.html", "snippets/sums-python"),
    ):
        text = (found / page).read_text(encoding="utf-8")
        addresses = [node.attributes["href"] for node in LexborHTMLParser(text).css("a[title*=ipynb]")]
        assert [address.partition("notebooks")[0].strip("./") for address in addresses] == [
            "",
            "https://colab.research.google.com/github/octocat/talk/blob/site",
            "https://mybinder.org/v2/gh/octocat/talk/site?labpath=",
        ]
        assert addresses[1].endswith(f"notebooks/{name}.ipynb")
    assert (found / "binder" / "runtime.txt").read_text().startswith("python-3.")


def test_another_address_in_the_environment_is_another_site(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with (project / "mkdocs.yml").open("a") as file:
        file.write("repo_url: !ENV TALK\n")
    assert not site.build(project).current
    assert site.build(project).current
    monkeypatch.setenv("TALK", "https://github.com/octocat/talk")
    assert not site.build(project).current
    assert (project / "site" / "binder" / "runtime.txt").is_file()


def test_without_a_repository_nothing_is_offered_that_cannot_work(project: Path) -> None:
    found = built(project)
    assert (found / "notebooks" / "talks" / "sums-python.ipynb").is_file()
    assert not (found / "binder").exists()
    for page in found.rglob("*.html"):
        assert not any(host in page.read_text(encoding="utf-8") for host in ("colab.research", "mybinder"))
