"""The command line, used as an author uses it: a process each, its output and its status."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

GREENROOM = shutil.which("greenroom", path=str(Path(sys.executable).parent))
COMMANDS = ("build", "present", "check", "deck", "record", "why", "run")

MKDOCS = "site_name: Small\nplugins:\n  - greenroom\n"
LESSON = """\
# %% half
x = 3
x / 2

# %% hello
print("Grüße")
"""
TALK = """\
---
title: Small
---
## Half

```python snippet="numbers:half" output="below"
```

Note: One and a half.
"""


def greenroom(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run it; whatever happens, no traceback reaches the author."""
    assert GREENROOM is not None
    done = subprocess.run(
        [GREENROOM, *map(str, arguments)], cwd=cwd, capture_output=True, text=True, encoding="utf-8", timeout=120
    )
    told = done.stdout + done.stderr
    assert not re.search(r'^Traceback|File ".*[\\/]greenroom[\\/]', told, re.MULTILINE), told
    return done


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with one lesson in plain Python, not yet recorded."""
    root = tmp_path / "my talk"
    for name, text in {
        "mkdocs.yml": MKDOCS,
        "docs/index.md": "# Small\n",
        "slides/small.md": TALK,
        "snippets/numbers/python.py": LESSON,
    }.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return root


# --- help and usage -------------------------------------------------------------------------------------------------


def test_help_names_all_commands_in_the_order_of_an_authors_day(tmp_path):
    done = greenroom("--help", cwd=tmp_path)
    assert done.returncode == 0
    told = done.stdout.partition("Commands:")[2]
    assert sorted(COMMANDS, key=lambda command: told.index(f"  {command} ")) == list(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_help(command, tmp_path):
    done = greenroom(command, "--help", cwd=tmp_path)
    assert done.returncode == 0
    assert done.stdout.startswith(f"Usage: greenroom {command}")


def test_the_version_is_the_packages(tmp_path):
    from greenroom import __version__

    assert greenroom("--version", cwd=tmp_path).stdout == f"greenroom {__version__}\n"


@pytest.mark.parametrize(
    "arguments", [("biuld",), ("build", "--fast"), ("deck", "talk.md"), ("run",), ("present", "--port", "many")]
)
def test_wrong_usage_ends_with_2(arguments, tmp_path):
    (tmp_path / "talk.md").write_text("# Hi\n")
    done = greenroom(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert "Error: " in done.stderr


@pytest.mark.parametrize("command", [("build",), ("present",), ("check",), ("record",), ("run", "numbers/python")])
def test_outside_of_a_project_a_hint_says_where_to_go(command, tmp_path):
    done = greenroom(*command, cwd=tmp_path)
    assert done.returncode == 2
    assert "no mkdocs.yml" in done.stderr
    assert "hint: " in done.stderr


# --- mistakes -------------------------------------------------------------------------------------------------------


def test_all_mistakes_are_told_at_once_in_the_order_of_their_places(project):
    (project / "slides" / "small.md").write_text(
        '# A\n\n```python snippet="numbers:haf"\n```\n\n---\n# B\n\n![](gone.png)\n\n```python\nx = 1\n```\n'
    )
    (project / "snippets" / "numbers" / "python.py").write_text("# %% half\nx = (\n")
    done = greenroom("check", cwd=project)
    assert done.returncode == 1
    told = [line for line in done.stderr.splitlines() if ": error[" in line]
    codes = [line.partition("[")[2].partition("]")[0] for line in told]
    assert {"resource-missing", "fence-unknown", "module-syntax"} <= set(codes)
    places = [(path, int(line)) for path, line, _ in (place.split(":", 2) for place in told)]
    assert places == sorted(places)
    assert done.stderr.splitlines()[-1] == f"{len(told)} errors"
    assert "fence-unknown" not in done.stdout


def test_mistakes_are_told_from_a_folder_inside_too(project):
    done = greenroom("check", cwd=project / "slides")
    assert done.returncode == 1
    assert "snippets/numbers/python.py:1:1: error[recording-missing]" in done.stderr


@pytest.mark.parametrize("name", ["slides", "snippets", "docs"])
def test_a_project_without_one_of_its_folders_is_no_bug(project, name):
    shutil.rmtree(project / name)
    assert greenroom("check", cwd=project).returncode in (0, 1)
    assert greenroom("build", cwd=project).returncode in (0, 1)


@pytest.mark.parametrize("text", ["", "site_name: [", "[]", "\ufeffsite_name: Small\n", "site_name: x\nplugins: 3\n"])
def test_a_configuration_that_is_wrong_is_told(project, text):
    (project / "mkdocs.yml").write_text(text, encoding="utf-8")
    for command in ("check", "build"):
        done = greenroom(command, cwd=project)
        assert done.returncode == 1, command
        assert ": error[" in done.stderr


def test_a_configuration_that_is_not_utf_8_is_told(project):
    (project / "mkdocs.yml").write_bytes(b"site_name: Gr\xfc\xdfe\nplugins:\n  - greenroom\n")
    for command in ("check", "build", "record"):
        done = greenroom(command, cwd=project)
        assert done.returncode == 1, command
        assert "mkdocs.yml:1:1: error[encoding]" in done.stderr


# --- a project ------------------------------------------------------------------------------------------------------


def test_record_check_build_and_run(project):
    done = greenroom("record", cwd=project)
    assert done.returncode == 0, done.stderr
    assert "recorded: snippets/numbers/python.py" in done.stdout
    recording = (project / "snippets/numbers/recordings/python.json").read_bytes()

    done = greenroom("record", cwd=project)
    assert done.returncode == 0, done.stderr
    assert "modules: 0 ran" in done.stdout

    done = greenroom("record", "--check", cwd=project)
    assert done.returncode == 0, done.stderr
    assert "modules: 1 ran as recorded" in done.stdout
    assert (project / "snippets/numbers/recordings/python.json").read_bytes() == recording

    done = greenroom("check", "--json", cwd=project)
    assert done.returncode == 0, done.stderr
    assert "slides/small.md" in json.dumps(json.loads(done.stdout))

    done = greenroom("build", cwd=project)
    assert done.returncode == 0, done.stderr
    deck = (project / "site" / "slides" / "small" / "index.html").read_text(encoding="utf-8")
    assert "1.5" in deck

    done = greenroom("run", "numbers/python", cwd=project)
    assert done.returncode == 0, done.stderr
    assert "Grüße" in done.stdout
    done = greenroom("run", "numbers:half", cwd=project)
    assert done.returncode == 0, done.stderr
    assert "Grüße" not in done.stdout

    source = project / "snippets" / "numbers" / "python.py"
    source.write_text(source.read_text(encoding="utf-8").replace("x = 3", "x = 4"), encoding="utf-8")
    done = greenroom("check", cwd=project)
    assert done.returncode == 1
    assert "error[recording-stale]" in done.stderr
    done = greenroom("record", "--check", cwd=project)
    assert done.returncode == 1
    assert (project / "snippets/numbers/recordings/python.json").read_bytes() == recording


def test_the_json_of_the_census_is_json_even_when_there_are_mistakes(project):
    done = greenroom("check", "--json", cwd=project)
    assert done.returncode == 1
    json.loads(done.stdout)
    assert "error[recording-missing]" in done.stderr


@pytest.mark.parametrize("reference", ["nubmers", "numbers/tf2", "numbers:haf", "numbers/python:haf", "", ":", "a:b:c"])
def test_a_reference_to_nothing_is_wrong_usage(project, reference):
    done = greenroom("run", reference, cwd=project)
    assert done.returncode == 2
    assert "Error: " in done.stderr


def test_a_file_that_is_no_module_is_told_even_when_nothing_has_to_run(project):
    assert greenroom("record", cwd=project).returncode == 0
    (project / "snippets/numbers/pyhton.py").write_text("x = 1\n", encoding="utf-8")
    done = greenroom("record", cwd=project)
    assert done.returncode == 1
    assert "error[framework-name]" in done.stderr


def test_what_differs_is_shown_until_it_is_accepted(project):
    assert greenroom("record", cwd=project).returncode == 0
    done = greenroom("why", "numbers", cwd=project)
    assert (done.returncode, done.stdout) == (
        0,
        "snippets/numbers/python.py:\n  nothing that bears on its recording has changed\n",
    )
    source = project / "snippets/numbers/python.py"
    source.write_text(source.read_text(encoding="utf-8").replace("x = 3", "x = 4"), encoding="utf-8")
    done = greenroom("why", "numbers/python", cwd=project)
    assert "has other code" in done.stdout
    done = greenroom("record", cwd=project)
    assert done.returncode == 1
    assert "error[recording-differs]" in done.stderr
    assert "modules: 1 ran, 1 differ from what was recorded, 0 kept; recordings: 0 changed" in done.stdout
    assert greenroom("check", cwd=project).returncode == 1
    done = greenroom("record", "--accept", "numbers", cwd=project)
    assert (done.returncode, "recorded: snippets/numbers/python.py" in done.stdout) == (0, True), done.stderr
    assert greenroom("check", cwd=project).returncode == 0
    assert greenroom("record", "--accept", "--check", cwd=project).returncode == 2
    assert greenroom("why", "nubmers", cwd=project).returncode == 2


def test_recording_a_reference_to_nothing_is_wrong_usage(project):
    done = greenroom("record", "nubmers", cwd=project)
    assert done.returncode == 2
    assert "did you mean `numbers`?" in done.stderr


def test_parts_of_the_modules_are_recorded_and_checked_one_by_one(project):
    for name in ("first", "second"):
        (project / f"snippets/{name}").mkdir()
        (project / f"snippets/{name}/python.py").write_text(LESSON, encoding="utf-8")
    told = []
    for part in range(1, 5):
        shutil.copytree(project, copy := project.with_name(f"part {part}"))
        told.append(greenroom("record", "--shard", f"{part}/4", cwd=copy).stdout)
    ran = [re.findall(r"recorded: snippets/(\w+)/", each) for each in told]
    assert [len(each) for each in ran] == [1, 1, 1, 0]
    assert {name for each in ran for name in each} == {"first", "numbers", "second"}
    greenroom("record", cwd=project)
    (project / "snippets/second/recordings/python.json").unlink()
    checks = [greenroom("record", "--check", "--shard", f"{part}/2", cwd=project) for part in (1, 2)]
    assert sorted(done.returncode for done in checks) == [0, 1]
    assert sum(done.stderr.count("error[recording-missing]") for done in checks) == 1


@pytest.mark.parametrize("value", ["6/5", "0/5", "2", ""])
def test_a_part_that_there_is_not_is_wrong_usage(value, project):
    done = greenroom("record", "--shard", value, cwd=project)
    assert done.returncode == 2
    assert f"`{value}` names no part\n\nhint: the second of five parts is `2/5`" in done.stderr


def test_a_cluster_that_there_is_not_is_wrong_usage(project):
    done = greenroom("record", "--scheduler", "tcp://127.0.0.1", cwd=project)
    assert done.returncode == 2
    assert "Error: there is no scheduler at `tcp://127.0.0.1`" in done.stderr
    assert "hint: `dask scheduler` starts one" in done.stderr


def test_a_cell_that_raises_is_told_at_its_line_by_record_and_run(project):
    (project / "snippets" / "numbers" / "python.py").write_text("# %% half\nx = 3\nx / 0\n")
    for command in (("record",), ("run", "numbers")):
        done = greenroom(*command, cwd=project)
        assert done.returncode == 1
        assert "snippets/numbers/python.py:3" in done.stderr
        assert "error[run-raised]" in done.stderr
        assert "ZeroDivisionError" in done.stderr


# --- the deck of a lone file ----------------------------------------------------------------------------------------


def test_a_deck_of_a_lone_file(tmp_path):
    (tmp_path / "talk.md").write_text("# Hi\n\n```python\nx = 1\n```\n")
    done = greenroom("deck", "talk.md", "-o", "out", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "1 unknown" in done.stdout
    assert done.stdout.endswith(f"{Path('out/index.html')} written\n")
    first = snapshot(tmp_path / "out")
    done = greenroom("deck", "talk.md", "-o", "out", cwd=tmp_path)
    assert done.stdout.endswith(f"{Path('out/index.html')} is up to date\n")
    assert "1 unknown" in done.stdout
    assert snapshot(tmp_path / "out") == first


def test_a_deck_follows_its_file_its_options_and_its_pictures(tmp_path):
    (tmp_path / "talk.md").write_text("# Hi\n\n![dot](dot.svg)\n\n***\n\n# There\n")
    (tmp_path / "dot.svg").write_text("<svg/>")

    def state(*options: str) -> str:
        done = greenroom("deck", "talk.md", "-o", "out", *options, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        return done.stdout.split()[-1]

    assert state() == "written"
    assert state("--separator", r"\r?\n\*\*\*\r?\n") == "written"
    assert (tmp_path / "out" / "index.html").read_text(encoding="utf-8").count("<section") == 2
    assert state("--separator", r"\r?\n\*\*\*\r?\n") == "date"
    (tmp_path / "dot.svg").write_text("<svg><path/></svg>")
    assert state("--separator", r"\r?\n\*\*\*\r?\n") == "written"
    assert (tmp_path / "out" / "dot.svg").read_text() == "<svg><path/></svg>"
    (tmp_path / "talk.md").write_text("# Hello\n")
    assert state() == "written"
    assert not (tmp_path / "out" / "dot.svg").exists()


def test_a_deck_of_no_file_is_wrong_usage(tmp_path):
    done = greenroom("deck", "talk.md", "-o", "out", cwd=tmp_path)
    assert done.returncode == 2
    assert "talk.md" in done.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("out", ["out", "."])
def test_a_folder_with_foreign_files_is_left_alone(out, tmp_path):
    (tmp_path / "talk.md").write_text("# Hi\n")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("dear to me")
    before = snapshot(tmp_path)
    done = greenroom("deck", "talk.md", "-o", out, cwd=tmp_path)
    assert done.returncode == 2
    assert "hint: " in done.stderr
    assert snapshot(tmp_path) == before


def test_an_empty_folder_may_be_the_one_one_is_in(tmp_path):
    (tmp_path / "talk.md").write_text("# Hi\n")
    (tmp_path / "deck").mkdir()
    done = greenroom("deck", "../talk.md", "-o", ".", cwd=tmp_path / "deck")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "deck" / "index.html").exists()


def test_an_output_that_is_a_file_is_wrong_usage(tmp_path):
    (tmp_path / "talk.md").write_text("# Hi\n")
    done = greenroom("deck", "talk.md", "-o", "talk.md", cwd=tmp_path)
    assert done.returncode == 2
    assert (tmp_path / "talk.md").read_text() == "# Hi\n"


@pytest.mark.parametrize("option", ["--separator", "--vertical-separator", "--notes-separator"])
def test_an_option_that_is_no_regular_expression_is_wrong_usage(option, tmp_path):
    (tmp_path / "talk.md").write_text("# Hi\n")
    done = greenroom("deck", "talk.md", "-o", "out", option, "(", cwd=tmp_path)
    assert done.returncode == 2
    assert option in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_regular_expression_in_the_front_matter_that_is_none_is_a_mistake(tmp_path):
    (tmp_path / "talk.md").write_text("---\nseparator: '('\n---\n# Hi\n")
    done = greenroom("deck", "talk.md", "-o", "out", cwd=tmp_path)
    assert done.returncode == 1
    assert "talk.md:2:12: error[front-matter]" in done.stderr
    assert not (tmp_path / "out").exists()


def test_any_encoding_mark_line_end_and_name(tmp_path):
    folder = tmp_path / "Übung 1"
    folder.mkdir()
    (folder / "Vorträge & mehr.md").write_bytes(
        "\ufeff---\r\ntitle: Grüße\r\n---\r\n# Eins\r\n\r\n---\r\n\r\n# Zwei — 日本\r\n\r\nNote: Hallo\r\n".encode()
    )
    done = greenroom("deck", folder / "Vorträge & mehr.md", "-o", folder / "fertig ist's", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    page = (folder / "fertig ist's" / "index.html").read_text(encoding="utf-8")
    assert "<title>Grüße</title>" in page
    assert page.count("<section") == 2
    assert "日本" in page
    assert "\ufeff" not in page
    assert "\r" not in page


@pytest.mark.parametrize("text", ["", "\n\n", "---\ntitle: x\n---\n", "<!-- nothing -->\n", "---\n---\n"])
def test_a_file_without_any_slide_gives_a_deck_with_an_empty_one(text, tmp_path):
    (tmp_path / "talk.md").write_text(text)
    done = greenroom("deck", "talk.md", "-o", "out", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "<section" in (tmp_path / "out" / "index.html").read_text(encoding="utf-8")


def test_a_file_that_is_not_utf_8_is_a_mistake(tmp_path):
    (tmp_path / "talk.md").write_bytes(b"# Gr\xfc\xdfe\n")
    done = greenroom("deck", "talk.md", "-o", "out", cwd=tmp_path)
    assert done.returncode == 1
    assert "talk.md:1:1: error[encoding]" in done.stderr


def test_pictures_go_with_the_deck_wherever_they_lie(tmp_path):
    (tmp_path / "talks").mkdir()
    (tmp_path / "shared").mkdir()
    (tmp_path / "talks" / "a b.svg").write_text("<svg>1</svg>")
    (tmp_path / "shared" / "c.svg").write_text("<svg>2</svg>")
    (tmp_path / "talks" / "talk.md").write_text(
        '![one](a%20b.svg)\n\n![two](../shared/c.svg)\n\n---\n<!-- .slide: data-background="../shared/c.svg" -->\nHi\n'
    )
    done = greenroom("deck", tmp_path / "talks" / "talk.md", "-o", "out", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    pictures = {path.read_text() for path in (tmp_path / "out").rglob("*.svg")}
    assert pictures == {"<svg>1</svg>", "<svg>2</svg>"}
    page = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    assert "../shared" not in page


def test_what_a_deck_cannot_show_is_told_and_fails_nothing(tmp_path):
    (tmp_path / "talk.md").write_text(
        "---\ntheme: nosuch\n---\n![gone](gone.png)\n\n![far](https://example.org/far.png)\n\n$\\nosuch{$\n"
    )
    done = greenroom("deck", "talk.md", "-o", "out", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    for told in (
        "talk.md:2:1: note[theme-unknown]",
        "talk.md:4:9: note[resource-missing]",
        "talk.md:6:8: note[resource-remote]",
        "talk.md:8:",
    ):
        assert told in done.stdout
    assert "error[" not in done.stdout + done.stderr
    assert (tmp_path / "out" / "index.html").exists()


def test_a_snippet_in_a_lone_file_is_a_mistake(tmp_path):
    (tmp_path / "talk.md").write_text('```python snippet="gradients:tape"\n```\n')
    done = greenroom("deck", "talk.md", "-o", "out", cwd=tmp_path)
    assert done.returncode == 1
    assert "talk.md:1:20: error[lesson-unknown]" in done.stderr


@pytest.mark.parametrize("theme", ["black", "white", "greenroom"])
def test_a_theme_comes_with_all_it_loads(theme, tmp_path):
    (tmp_path / "talk.md").write_text(f"---\ntheme: {theme}\n---\n# Hi\n")
    done = greenroom("deck", "talk.md", "-o", "out", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "note[" not in done.stdout
    sheet = tmp_path / "out" / "assets" / "themes" / f"{theme}.css"
    assert "http" not in sheet.read_text(encoding="utf-8").replace("http://www.w3.org", "")


def snapshot(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Every file with its content and time of change."""
    return {
        path.relative_to(folder).as_posix(): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


# --- the machine's faults -------------------------------------------------------------------------------------------


def test_an_output_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "talk.md").write_text("# Hi\n")
    done = greenroom("deck", "talk.md", "-o", "talk.md/out", cwd=tmp_path)
    assert done.returncode == 1
    assert "Error: " in done.stderr
    assert "talk.md" in done.stderr


@pytest.mark.parametrize("encoding", ["cp1252", "cp437"])
def test_a_terminal_that_cannot_show_a_letter_shows_its_number(encoding, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONIOENCODING", encoding)
    (tmp_path / "日本.md").write_text("![gone](gone.png)\n", encoding="utf-8")
    (tmp_path / "falsch.md").write_text('```python snippet="日本:本"\n```\n', encoding="utf-8")
    done = greenroom("deck", "日本.md", "-o", "out", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert r"\u65e5\u672c.md:1:9: note[resource-missing]" in done.stdout
    done = greenroom("deck", "falsch.md", "-o", "out2", cwd=tmp_path)
    assert done.returncode == 1
    assert r"\u65e5\u672c" in done.stderr
