"""`mkdocs.yml` → what greenroom needs to know of the project.

The file is composed, not constructed: its tags (`!ENV`, `!!python/name:…`) are MkDocs' business, and nodes carry the
lines and columns that messages need.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import yaml

from greenroom.memo import remembered
from greenroom.model import Limits, Problem, Repository, Span
from greenroom.problems import Code, nearest

FILE = "mkdocs.yml"

BRANCH = "gh-pages"
"""The branch that MkDocs publishes on, if its `remote_branch` names no other."""


@dataclass(frozen=True, slots=True)
class Config:
    """The project's settings. Paths are POSIX, relative to the project's root.

    Attributes:
        slides: The folder of the talks.
        snippets: The folder of the lessons.
        docs: MkDocs' `docs_dir`.
        site: MkDocs' `site_dir`.
        site_url: Where the site is published, MkDocs' `site_url`, or "".
        directories: MkDocs' `use_directory_urls`: whether the site's pages are folders.
        limits: What a module may use up when it runs.
        sizes: The sizes, in px, in which talks are rehearsed.
        schemes: The colour schemes in which they are: `light`, `dark`.
        repo_url: The repository's address, MkDocs' `repo_url`, or "".
        branch: The branch that the notebooks are published on; "" if they are on none.
        beside: Files and folders that the site is made of, too: MkDocs' `INHERIT`, `hooks`, `watch`, and the theme's
            `custom_dir`.
    """

    slides: str = "slides"
    snippets: str = "snippets"
    docs: str = "docs"
    site: str = "site"
    site_url: str = ""
    directories: bool = True
    limits: Limits = field(default_factory=Limits)
    sizes: tuple[tuple[int, int], ...] = ((1280, 720), (1920, 1080))
    schemes: tuple[str, ...] = ("light", "dark")
    repo_url: str = ""
    branch: str = BRANCH
    beside: tuple[str, ...] = ()

    @property
    def repository(self) -> Repository | None:
        """Where services find the notebooks; None if that is not on GitHub."""
        name = re.fullmatch(r"https?://github\.com/([\w.-]+/[\w.-]+?)(?:\.git)?/?", self.repo_url)
        return Repository(name[1], self.branch) if name and self.branch else None


OPTIONS = ("slides", "snippets", "limits", "rehearse", "notebooks_branch")
"""What may stand under `plugins: - greenroom:`; the rest of Config is MkDocs' own."""

LIMITS = {"seconds": 1, "memory": 1024**2, "output": 1024}
"""What may stand under `limits:`, in seconds, MiB and KiB."""

VIEWS = {
    "sizes": (r"[1-9]\d{2,3}x[1-9]\d{2,3}", "width and height of the screen, in px: `sizes: [1280x720, 1024x768]`"),
    "schemes": ("light|dark", "there are `light` and `dark`: `schemes: [light, dark]`"),
}
"""What may stand under `rehearse:`, each a list: the form of its values, and a hint."""


@remembered(lambda text: text)
def parse(text: str) -> tuple[Config, tuple[Problem, ...]]:
    """Read the configuration from the text of `mkdocs.yml`."""
    try:
        document = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        span = Span(FILE, mark.line + 1, mark.column + 1) if mark else Span(FILE, 1)
        hint = "mend the YAML; values with a colon, a quote or a hash in them need quotes"
        return Config(), (Problem(span, Code.CONFIG, f"not valid YAML: {error.problem}", hint),)
    own = {key.value: value.value for key, value in _items(document) if isinstance(value, yaml.ScalarNode)}
    site_url = own.get("site_url", "")
    settings = Config(
        site_url=site_url.rstrip("/") + "/" if site_url.startswith(("http://", "https://")) else "",
        directories=own.get("use_directory_urls", "true").lower() not in ("false", "no", "off"),
        repo_url=own.get("repo_url", ""),
        branch=own.get("remote_branch", BRANCH),
        beside=tuple(_beside(document)),
    )
    found = {name: own[f"{name}_dir"] for name in ("docs", "site") if f"{name}_dir" in own}
    problems: list[Problem] = []
    for option, setting in _plugin_options(document):
        wrong: list[Problem] = []
        if option.value not in OPTIONS:
            fact = f"greenroom has no option `{option.value}`"
            wrong = [Problem(_span(option), Code.CONFIG, fact, nearest(option.value, OPTIONS))]
        elif option.value == "limits":
            limits, wrong = _limits(setting)
            settings = replace(settings, limits=limits)
        elif option.value == "rehearse":
            views, wrong = _views(setting)
            settings = replace(settings, **views)
        elif option.value == "notebooks_branch":
            branch, wrong = _branch(setting)
            settings = replace(settings, branch=branch)
        elif not isinstance(setting, yaml.ScalarNode) or not setting.value:
            fact = f"`{option.value}` must be the path of a folder"
            wrong = [Problem(_span(option), Code.CONFIG, fact, f"write `{option.value}: {option.value}`")]
        else:
            found[option.value] = setting.value
        problems += wrong
    paths = {name: path.strip("/") for name, path in found.items()}
    return replace(settings, **paths), tuple(problems)


def _beside(document: yaml.Node | None) -> Iterator[str]:
    """The paths that MkDocs' own settings name; one that comes from the environment is known to MkDocs alone."""
    for key, value in _items(document):
        named = [value] if key.value == "INHERIT" else []
        if key.value in ("hooks", "watch") and isinstance(value, yaml.SequenceNode):
            named = value.value
        elif key.value == "theme":
            named = [node for name, node in _items(value) if name.value == "custom_dir"]
        yield from (node.value for node in named if isinstance(node, yaml.ScalarNode) and not node.tag.startswith("!"))


def _branch(node: yaml.Node) -> tuple[str, list[Problem]]:
    """The branch that the notebooks are published on; "" if they are not."""
    value = node.value if isinstance(node, yaml.ScalarNode) else ""
    if value.lower() in ("false", "no", "off"):
        return "", []
    if re.fullmatch(r"[\w./-]+", value):
        return value, []
    fact = "`notebooks_branch` must be the name of a branch, or `false`"
    return "", [Problem(_span(node), Code.CONFIG, fact, f"write `notebooks_branch: {BRANCH}`")]


def _limits(node: yaml.Node) -> tuple[Limits, list[Problem]]:
    """The limits, those that are not given or are wrong as they are by default."""
    problems: list[Problem] = []
    if not isinstance(node, yaml.MappingNode):
        hint = "write for instance `limits: {seconds: 60, memory: 2048, output: 64}`: seconds, MiB and KiB"
        return Limits(), [Problem(_span(node), Code.CONFIG, "`limits` must name limits", hint)]
    found: dict[str, int] = {}
    for name, value in _items(node):
        if name.value not in LIMITS:
            fact = f"greenroom has no limit `{name.value}`"
            problems.append(Problem(_span(name), Code.CONFIG, fact, nearest(name.value, LIMITS)))
        elif isinstance(value.value, str) and re.fullmatch(r"[1-9]\d{0,8}", value.value):
            found[name.value] = int(value.value) * LIMITS[name.value]
        else:
            fact = f"the limit `{name.value}` must be a whole number, 1 or more"
            unit = {"seconds": "60` is a minute", "memory": "2048` is 2 GiB", "output": "64` is 64 KiB"}[name.value]
            problems.append(Problem(_span(value), Code.CONFIG, fact, f"`{name.value}: {unit}"))
    return replace(Limits(), **found), problems


def _views(node: yaml.Node) -> tuple[dict[str, Any], list[Problem]]:
    """The sizes and schemes of a rehearsal, those that are not given or are wrong left out."""
    problems: list[Problem] = []
    if not isinstance(node, yaml.MappingNode):
        hint = "write for instance `rehearse: {sizes: [1280x720, 1024x768], schemes: [light]}`"
        return {}, [Problem(_span(node), Code.CONFIG, "`rehearse` must name sizes or schemes", hint)]
    found: dict[str, Any] = {}
    for name, value in _items(node):
        if name.value not in VIEWS:
            fact = f"a rehearsal has no option `{name.value}`"
            problems.append(Problem(_span(name), Code.CONFIG, fact, nearest(name.value, VIEWS)))
            continue
        pattern, hint = VIEWS[name.value]
        nodes = value.value if isinstance(value, yaml.SequenceNode) else []
        named = [each.value if isinstance(each, yaml.ScalarNode) else "…" for each in nodes]
        wrong = [each for each in named if not re.fullmatch(pattern, each)]
        if wrong or not named:
            fact = f"`{name.value}` cannot have `{wrong[0]}`" if wrong else f"`{name.value}` must be a list"
            problems.append(Problem(_span(value), Code.CONFIG, fact, hint))
        else:
            found[name.value] = tuple(dict.fromkeys(map(VALUES[name.value], named)))
    return found, problems


def _size(text: str) -> tuple[int, int]:
    width, height = map(int, text.split("x"))
    return width, height


VALUES: dict[str, Callable[[str], object]] = {"sizes": _size, "schemes": str}


def _span(node: yaml.Node) -> Span:
    return Span(FILE, node.start_mark.line + 1, node.start_mark.column + 1)


def variables(text: str) -> list[str]:
    """The variables of the environment that the text of `mkdocs.yml` may ask for."""
    return [name.strip() for names in re.findall(r"!ENV\s+\[?([^\]\n#]+)", text) for name in names.split(",")]


def names_plugin(text: str) -> bool:
    """Whether greenroom is among the plugins in the text of `mkdocs.yml`; text that is not YAML might mean it."""
    try:
        document = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError:
        return True
    plugins = [value for key, value in _items(document) if key.value == "plugins"]
    return any(name.value == "greenroom" for value in plugins for name, _ in _entries(value))


def _items(node: yaml.Node | None) -> list[tuple[yaml.Node, yaml.Node]]:
    return list(node.value) if isinstance(node, yaml.MappingNode) else []


def _entries(plugins: yaml.Node) -> list[tuple[yaml.Node, yaml.Node | None]]:
    """The plugins, each with its options; `plugins` is a list of names and one-key mappings, or one mapping."""
    entries: list[tuple[yaml.Node, yaml.Node | None]] = []
    for each in plugins.value if isinstance(plugins, yaml.SequenceNode) else [plugins]:
        entries += _items(each) or [(each, None)]
    return entries


def _plugin_options(document: yaml.Node | None) -> list[tuple[yaml.Node, yaml.Node]]:
    """The options of the plugin `greenroom`."""
    plugins = [value for key, value in _items(document) if key.value == "plugins"]
    entries = [entry for value in plugins for entry in _entries(value)]
    return [option for name, options in entries if name.value == "greenroom" for option in _items(options)]
