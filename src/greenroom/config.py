"""`mkdocs.yml` → what greenroom needs to know of the project.

The file is composed, not constructed: its tags (`!ENV`, `!!python/name:…`) are MkDocs' business, and nodes carry the
lines and columns that messages need.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import yaml

from greenroom.model import Problem, Span
from greenroom.problems import Code, nearest

FILE = "mkdocs.yml"


@dataclass(frozen=True, slots=True)
class Config:
    """The project's settings. Paths are POSIX, relative to the project's root.

    Attributes:
        slides: The folder of the talks.
        snippets: The folder of the lessons.
        docs: MkDocs' `docs_dir`.
        site: MkDocs' `site_dir`.
    """

    slides: str = "slides"
    snippets: str = "snippets"
    docs: str = "docs"
    site: str = "site"


OPTIONS = ("slides", "snippets")
"""What may stand under `plugins: - greenroom:`; the rest of Config is MkDocs' own."""


def parse(text: str) -> tuple[Config, tuple[Problem, ...]]:
    """Read the configuration from the text of `mkdocs.yml`."""
    try:
        document = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        span = Span(FILE, mark.line + 1, mark.column + 1) if mark else Span(FILE, 1)
        hint = "mend the YAML; values with a colon, a quote or a hash in them need quotes"
        return Config(), (Problem(span, Code.CONFIG, f"not valid YAML: {error.problem}", hint),)
    found: dict[str, str] = {}
    problems: list[Problem] = []
    for key, value in _items(document):
        if key.value in ("docs_dir", "site_dir"):
            found[key.value.removesuffix("_dir")] = value.value
        elif key.value == "plugins":
            for option, setting in _plugin_options(value):
                span = Span(FILE, option.start_mark.line + 1, option.start_mark.column + 1)
                if option.value not in OPTIONS:
                    fact = f"greenroom has no option `{option.value}`"
                    problems.append(Problem(span, Code.CONFIG, fact, nearest(option.value, OPTIONS)))
                elif not isinstance(setting, yaml.ScalarNode) or not setting.value:
                    fact = f"`{option.value}` must be the path of a folder"
                    problems.append(Problem(span, Code.CONFIG, fact, f"write `{option.value}: {option.value}`"))
                else:
                    found[option.value] = setting.value
    return replace(Config(), **{name: path.strip("/") for name, path in found.items()}), tuple(problems)


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


def _plugin_options(plugins: yaml.Node) -> list[tuple[yaml.Node, yaml.Node]]:
    """The options of the plugin `greenroom`."""
    return [option for name, options in _entries(plugins) if name.value == "greenroom" for option in _items(options)]
