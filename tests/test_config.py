"""`mkdocs.yml` says where things are, and its mistakes are told with their places."""

from dataclasses import replace

import pytest

from greenroom import config
from greenroom.config import Config
from greenroom.model import Limits, Repository, Span


def test_without_options_the_folders_have_their_usual_names():
    assert config.parse("site_name: A talk\n") == (Config("slides", "snippets", "docs", "site"), ())


def test_an_empty_file_is_a_configuration():
    assert config.parse("") == (Config(), ())


def test_options_are_read_from_the_list_of_plugins():
    text = "docs_dir: pages/\nsite_dir: public\nplugins:\n  - search\n  - greenroom:\n      slides: talks\n"
    assert config.parse(text) == (Config("talks", "snippets", "pages", "public"), ())


@pytest.mark.parametrize(("written", "folders"), [("true", True), ("false", False), ("False", False)])
def test_whether_pages_are_folders_is_mkdocs_option(written, folders):
    assert config.parse(f"use_directory_urls: {written}\n")[0].directories is folders


@pytest.mark.parametrize(
    ("written", "url"),
    [
        ("https://example.org/talks", "https://example.org/talks/"),
        ('"http://example.org/"', "http://example.org/"),
        ("", ""),
        ("!ENV [SITE, https://example.org/]", ""),
    ],
)
def test_where_the_site_is_published_is_mkdocs_option(written, url):
    assert config.parse(f"site_url: {written}\n") == (Config(site_url=url), ())


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("repo_url: https://github.com/octocat/my.talk", Repository("octocat/my.talk", "gh-pages")),
        ("repo_url: https://github.com/octocat/talk.git/\nremote_branch: site", Repository("octocat/talk", "site")),
        ("repo_url: https://gitlab.com/octocat/talk", None),
        ("repo_url: !ENV [REPO, https://github.com/octocat/talk]", None),
        ("remote_branch: site", None),
    ],
)
def test_services_find_notebooks_where_mkdocs_publishes_the_site(written, found):
    settings, problems = config.parse(f"{written}\n")
    assert (settings.repository, problems) == (found, ())


@pytest.mark.parametrize(("written", "found"), [("books", Repository("o/t", "books")), ("false", None)])
def test_notebooks_may_be_published_elsewhere_or_nowhere(written, found):
    text = f"plugins:\n  - greenroom:\n      notebooks_branch: {written}\nrepo_url: https://github.com/o/t\n"
    settings, problems = config.parse(text)
    assert (settings.repository, problems) == (found, ())


def test_a_branch_without_a_name_is_told():
    _, (problem,) = config.parse("plugins:\n  - greenroom:\n      notebooks_branch: [a]\n")
    assert (str(problem.span), problem.hint) == ("mkdocs.yml:3:25", "write `notebooks_branch: gh-pages`")


def test_options_are_read_from_a_mapping_of_plugins():
    assert config.parse("plugins:\n  greenroom:\n    snippets: code\n")[0].snippets == "code"


def test_tags_of_others_are_left_alone():
    text = "site_name: !ENV [NAME, A talk]\nmarkdown_extensions:\n  - x:\n      y: !!python/name:a.b.c\n"
    assert config.parse(text) == (Config(), ())


def test_an_unknown_option_is_told_with_the_nearest_name():
    _, (problem,) = config.parse("plugins:\n  - greenroom:\n      slide: talks\n")
    assert str(problem.span) == "mkdocs.yml:3:7"
    assert (problem.fact, problem.hint) == ("greenroom has no option `slide`", "did you mean `slides`?")


def test_an_option_without_a_path_is_told():
    _, (problem,) = config.parse("plugins:\n  - greenroom:\n      slides:\n")
    assert (str(problem.span), problem.fact) == ("mkdocs.yml:3:7", "`slides` must be the path of a folder")


def test_invalid_yaml_is_told_with_its_place():
    _, (problem,) = config.parse("site_name: A: talk\n")
    assert str(problem.span) == "mkdocs.yml:1:13"
    assert problem.fact.startswith("not valid YAML")


@pytest.mark.parametrize(
    "text",
    [
        "plugins:\n  - search\n  - greenroom\n",
        "plugins:\n  - greenroom:\n      slides: talks\n",
        "plugins: [search, greenroom]\n",
        "plugins:\n  greenroom: {}\n",
        "plugins: [greenroom\n",  # not YAML, and told by whoever reads it as greenroom's
    ],
)
def test_the_plugin_is_named(text):
    assert config.names_plugin(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "plugins:\n",
        "plugins: []\n",
        "plugins: {}\n",
        "plugins:\n  - search\n  # - greenroom\n",
        "site_name: greenroom\nplugins: [search]\nmarkdown_extensions: [greenroom.markdown_extension]\n",
    ],
)
def test_the_plugin_is_not_named(text):
    assert not config.names_plugin(text)


def test_limits_are_in_units_that_people_count_in():
    text = "plugins:\n  - greenroom:\n      limits:\n        seconds: 5\n        memory: 100\n        output: 2\n"
    assert config.parse(text) == (Config(limits=Limits(5, 2048, 100 * 1024**2)), ())
    assert config.parse("plugins: [{greenroom: {limits: {seconds: 5}}}]\n")[0].limits == replace(Limits(), seconds=5)
    assert config.parse("plugins: [greenroom]\n")[0].limits == Limits()


@pytest.mark.parametrize(
    ("limits", "col", "fact"),
    [
        ("{second: 5}", 33, "greenroom has no limit `second`"),
        ("{seconds: 0}", 42, "the limit `seconds` must be a whole number, 1 or more"),
        ("{memory: 2 GB}", 41, "the limit `memory` must be a whole number, 1 or more"),
        ("{output: [1]}", 41, "the limit `output` must be a whole number, 1 or more"),
        ("60", 32, "`limits` must name limits"),
    ],
)
def test_a_wrong_limit_is_told_at_its_place(limits, col, fact):
    settings, (problem,) = config.parse(f"plugins: [{{greenroom: {{limits: {limits}}}}}]\n")
    assert settings.limits == Limits()
    assert (problem.code, problem.span, problem.fact) == ("config", Span("mkdocs.yml", 1, col), fact)


def test_a_rehearsal_has_sizes_and_schemes():
    text = "plugins:\n  - greenroom:\n      rehearse: {sizes: [1024x768, 390x844], schemes: [dark]}\n"
    expected = replace(Config(), sizes=((1024, 768), (390, 844)), schemes=("dark",))
    assert config.parse(text) == (expected, ())
    assert config.parse("plugins:\n  - greenroom:\n      rehearse: {schemes: [light]}\n")[0].sizes == Config().sizes


@pytest.mark.parametrize(
    ("written", "column", "fact"),
    [
        ("true", 17, "`rehearse` must name sizes or schemes"),
        ("{size: [1280x720]}", 18, "a rehearsal has no option `size`"),
        ("{sizes: 1280x720}", 25, "`sizes` must be a list"),
        ("{sizes: []}", 25, "`sizes` must be a list"),
        ("{sizes: [1280x720, 1280]}", 25, "`sizes` cannot have `1280`"),
        ("{sizes: [99999x720]}", 25, "`sizes` cannot have `99999x720`"),
        ("{schemes: [sepia]}", 27, "`schemes` cannot have `sepia`"),
        ("{schemes: [[light]]}", 27, "`schemes` cannot have `…`"),
    ],
)
def test_sizes_and_schemes_that_cannot_be_are_told_and_left_out(written, column, fact):
    found, problems = config.parse(f"plugins:\n  - greenroom:\n      rehearse: {written}\n")
    ((span, told),) = [(problem.span, problem.fact) for problem in problems]
    assert (span, told[: len(fact)]) == (Span("mkdocs.yml", 3, column), fact)
    assert found == Config()


def test_variables_of_the_environment_are_found():
    text = "site_name: !ENV [NAME, OTHER, A talk]\nrepo_url: !ENV REPO  # where it is\n"
    assert config.variables(text) == ["NAME", "OTHER", "A talk", "REPO"]


def test_what_else_the_site_is_made_of_is_named_by_mkdocs_settings() -> None:
    text = """\
INHERIT: ../base.yml
site_name: A
theme:
  name: material
  custom_dir: overrides
hooks:
  - hooks/one.py
  - !ENV HOOK
watch: [includes]
plugins: [greenroom]
"""
    settings, problems = config.parse(text)
    assert problems == ()
    assert settings.beside == ("../base.yml", "overrides", "hooks/one.py", "includes")
    assert config.parse("theme: material\nhooks: one.py\n")[0].beside == ()
