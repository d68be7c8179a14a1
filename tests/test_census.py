"""Every fence is accounted for, and what is called verified is what pytest-codeblocks runs."""

import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_codeblocks

from greenroom import talk
from greenroom.census import Census, census, fences, render, to_json
from greenroom.model import Listing, Problem, Reference, Span, Talk
from greenroom.problems import Code, report

PAGE = """\
# Page

```python
x = 1
```

<!--pytest-codeblocks:expected-output-->

```text
1
```

!!! note

    ```bash
    true
    ```

    === "Tab"

        ~~~ toml illustrative="a part of a file"
        a = 1
        ~~~

- ~~~{ .yaml .annotate illustrative="no program" }
  a: 1
  ~~~

> ```sh
> true
> ```

````markdown illustrative="it shows how to write a fence"
```python
never_run()
```
````

```python snippet="gradients:tape"
```
"""


def account(page: str) -> dict[int, tuple[str, str]]:
    found, _ = census([], {"README.md": page})
    return {entry.span.line: (entry.language, entry.state) for entry in found.entries}


def told(page: str) -> list[tuple[str, int, int]]:
    _, problems = census([], {"README.md": page})
    return [(problem.code, problem.span.line, problem.span.col) for problem in problems]


def resolved(text: str) -> Talk:
    """A talk whose snippets were found."""
    parsed, _ = talk.parse(text, "slides/a.md")
    listing = Listing(Reference("a", "tf2", "b"), "snippets/a/tf2.py", "tf2", (1,), "x = 1")
    slide = parsed.slides[0]
    found = tuple(replace(fence, listings=(listing,)) if fence.option("snippet") else fence for fence in slide.fences)
    return replace(parsed, stacks=(replace(parsed.stacks[0], slides=(replace(slide, fences=found),)),))


# --- pages ----------------------------------------------------------------------------------------------------------


def test_a_page():
    assert account(PAGE) == {
        3: ("python", "verified"),
        9: ("text", "output"),
        15: ("bash", "verified"),
        21: ("toml", "illustrative"),
        25: ("yaml", "illustrative"),
        29: ("sh", "unknown"),
        33: ("markdown", "illustrative"),
        39: ("python", "verified"),
    }
    assert told(PAGE) == [(Code.FENCE_UNKNOWN, 29, 3)]


@pytest.mark.parametrize(
    "info", ["python ", "python title='x'", "Python", "py", "python3", "console", "zsh", "", "text"]
)
def test_only_what_the_tests_run_is_verified(info):
    state = "verified" if info.strip() == "python" else "unknown"
    assert [state for _, state in account(f"```{info}\nx\n```\n").values()] == [state]


@pytest.mark.parametrize(
    "mark",
    [
        "<!--pytest.mark.skip-->",
        "<!-- pytest.mark.skipif(True, reason='') -->",
        "<!--pytest.mark.xfail-->",
        "<!--pytest-codeblocks:skip-->",
        "<!--pytest-codeblocks:importorskip(torch)-->",
        "<!--pytest-codeblocks:expect-error-->",
    ],
)
def test_a_fence_that_may_be_skipped_or_fail_is_not_verified(mark):
    assert account(f"{mark}\n\n```python\nx\n```\n```python\nx\n```\n") == {
        3: ("python", "unknown"),
        6: ("python", "verified"),
    }


def test_another_mark_takes_nothing_away():
    assert account("<!--pytest.mark.timeout(9)-->\n```python\nx\n```\n") == {2: ("python", "verified")}


def test_a_continuation_is_run_with_what_it_continues():
    page = "```python\nx = 1\n```\n<!--pytest-codeblocks:cont-->\n```python\nx\n```\n"
    assert account(page) == {1: ("python", "verified"), 5: ("python", "verified")}
    assert account(page.replace("```python\nx = 1", "```text\nx = 1")) == {
        1: ("text", "unknown"),
        5: ("python", "unknown"),
    }


def test_a_mark_before_a_continuation_is_one_for_the_fence_after_it():
    page = "```sh\n1\n```\n<!--pytest.mark.skip-->\n<!--pytest-codeblocks:cont-->\n```sh\n2\n```\n```sh\n3\n```\n"
    assert [state for _, state in account(page).values()] == ["verified", "verified", "unknown"]
    assert [block.marks for block in pytest_codeblocks.extract_from_buffer(io.StringIO(page))] == [
        [],
        ["pytest.mark.skip"],
    ]


def test_an_output_of_what_is_not_run_is_not_compared():
    page = "```yaml\nx\n```\n<!--pytest-codeblocks:expected-output-->\n```\nx\n```\n"
    assert [state for _, state in account(page).values()] == ["unknown", "unknown"]


def test_a_page_that_is_not_run_proves_nothing():
    assert account("<!--pytest-codeblocks:skipfile-->\n```python\nx\n```\n") == {2: ("python", "unknown")}
    assert account("```python\nx\n```\n```python\nx\n") == {1: ("python", "unknown"), 4: ("python", "unknown")}


@pytest.mark.parametrize(
    "page",
    [
        PAGE,
        "- ```python\n  1\n  ```\n\n```python\n2\n```\n",
        "~~~text\n```python\n1\n```\n~~~\n",
        "````text\n```python\n1\n```\n````\n```sh\n1\n```\n",
        "```python\n1\n``` and more\n```bash\n2\n```\n",
        "    ```python\n    1\n    ```\n",
        "> ```python\n> 1\n> ```\n```bash\n2\n```\n",
        "```python\r\n1\r\n```\r\n",
    ],
)
def test_what_is_verified_is_collected(page):
    """A fence of a page is verified only if pytest-codeblocks collects it and no mark lets it skip or fail."""
    page = page.replace("\r\n", "\n")  # as a file is read
    try:
        blocks = pytest_codeblocks.extract_from_buffer(io.StringIO(page))
    except RuntimeError:
        blocks = []
    kept = {block.lineno for block in blocks if block.syntax in ("python", "sh", "bash") and not block.marks}
    verified = {line for line, (_, state) in account(page).items() if state == "verified"}
    snippets = {fence.span.line for fence in fences(page, "README.md") if fence.option("snippet")}
    assert verified - snippets <= kept
    assert kept & set(account(page)) <= verified


def test_pytest_codeblocks_collects_what_is_called_run_on_the_pages_of_this_project():
    """Both are counted, since a space in an info string is enough for a fence not to be collected any more."""
    root = Path(__file__).parents[1]
    pages = [root / "README.md", *sorted((root / "docs").rglob("*.md"))]
    found, _ = census([], {str(page): page.read_text(encoding="utf-8") for page in pages})
    run = [entry.span for entry in found.entries if entry.reason == "run by the tests"]
    blocks = [
        Span(str(page), block.lineno)
        for page in pages
        for block in pytest_codeblocks.extract_from_file(page)
        if block.syntax in ("python", "sh", "bash") and not block.marks
    ]
    assert {(span.path, span.line) for span in run} == {(span.path, span.line) for span in blocks}
    assert len(run) == len(blocks) > 0


def test_a_fence_has_its_language_options_and_places():
    found = list(fences('   > ``` { .python .x a="1" b="2" }\n   > x\n   > ```\n', "README.md"))
    assert [(each.span, each.language, each.options) for each in found] == [
        (Span("README.md", 1, 6), "python", (("a", "1"), ("b", "2")))
    ]
    assert found[0].columns == (("a", 26), ("b", 32))


def test_a_reason_is_given():
    assert told('```yaml illustrative=" "\n```\n') == [(Code.OPTION_VALUE, 1, 23)]


def test_a_snippet_with_a_mistake_is_not_verified():
    problem = Problem(Span("README.md", 1, 20), Code.LESSON_UNKNOWN, "fact", "hint")
    found, problems = census([], {"README.md": '```python snippet="a:b"\n```\n'}, [problem])
    assert [entry.state for entry in found.entries] == ["unknown"]
    assert problems == ()


def test_a_snippet_in_a_page_that_nobody_expands_shows_nothing():
    page = {"README.md": '```python snippet="a:b"\n```\n'}
    assert [entry.state for entry in census([], page)[0].entries] == ["verified"]
    found, problems = census([], page, plain=("README.md",))
    assert [entry.state for entry in found.entries] == ["unknown"]
    assert [problem.code for problem in problems] == [Code.FENCE_UNKNOWN]


# --- talks ----------------------------------------------------------------------------------------------------------


def test_a_talk():
    text = (
        '```python snippet="a:b"\n```\n\n```python\nx\n```\n\n```\n1\n```\n\n'
        '```python illustrative="it never ends"\nx\n```\n'
    )
    found, problems = census([resolved(text)], {})
    assert [(entry.state, entry.reason) for entry in found.entries] == [
        ("verified", "a:b"),
        ("unknown", ""),
        ("unknown", ""),
        ("illustrative", "it never ends"),
    ]
    assert report(problems) == (
        "slides/a.md:4:1: error[fence-unknown]: nothing proves this `python` fence\n"
        '  hint: show a snippet: `snippet="lesson:name"`; or say why nothing can prove it: `illustrative="why"`\n'
        "slides/a.md:8:1: error[fence-unknown]: nothing proves this fence\n"
        '  hint: show a snippet: `snippet="lesson:name"`; or say why nothing can prove it: `illustrative="why"`'
    )


def test_a_snippet_that_was_not_found_is_not_verified_and_not_told_again():
    parsed, _ = talk.parse('```python snippet="a:b"\n```\n', "slides/a.md")
    found, problems = census([parsed], {})
    assert [entry.state for entry in found.entries] == ["unknown"]
    assert problems == ()


# --- showing it -----------------------------------------------------------------------------------------------------


@pytest.fixture
def both() -> Census:
    text = '```python snippet="a:b"\n```\n\n```\n1\n```\n\n```python illustrative="it never ends"\nx\n```\n'
    return census([resolved(text)], {"README.md": "```sh\ntrue\n```\n"})[0]


def test_the_table(both):
    assert render(both) == (
        "                 verified        output  illustrative       unknown\n"
        "README.md               1             0             0             0\n"
        "slides/a.md             1             0             1             1\n"
        "all fences              2             0             1             1\n"
        "\n"
        "illustrative:\n"
        "  slides/a.md:8  python  it never ends\n"
        "\n"
        "unknown:\n"
        "  slides/a.md:4  text"
    )


def test_the_json(both):
    found = json.loads(to_json(both))
    assert found["counts"] == {"verified": 2, "output": 0, "illustrative": 1, "unknown": 1}
    assert found["fences"][1] == {
        "path": "slides/a.md",
        "line": 1,
        "language": "python",
        "state": "verified",
        "reason": "a:b",
    }


def test_nothing_to_account_for():
    found, problems = census([], {})
    assert problems == ()
    assert found.counts() == {"verified": 0, "output": 0, "illustrative": 0, "unknown": 0}
    assert "all fences" in render(found)


def test_the_marks_below_a_line_of_a_traceback_are_no_fence():
    page = "    Traceback:\n        values[3]\n        ~~~~~~^^^\n    IndexError\n\n~~~\nx\n~~~\n"
    assert list(account(page)) == [6]
