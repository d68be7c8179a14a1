"""Comparing the slides with those of a revision: which ones are told, and the page that shows them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import expect

from greenroom import assets
from greenroom.rehearse.compare import _merged, _moved, _pairs
from greenroom.rehearse.revision import RevisionError, checkout
from greenroom.rehearse.unlike import difference

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

# --- pictures -------------------------------------------------------------------------------------------------------


def drawn(*shapes: tuple[float, float, float, float], paper: int = 255, ink: int = 0) -> bytes:
    """A picture with smooth edges, for which parts of px count."""
    image = Image.new("L", (240 * 8, 120 * 8), paper)
    for left, top, width, height in shapes:
        box = [round(8 * left), round(8 * top), round(8 * (left + width)) - 1, round(8 * (top + height)) - 1]
        ImageDraw.Draw(image).rectangle(box, fill=ink)
    png = BytesIO()
    image.reduce(8).convert("RGB").save(png, "PNG")
    return png.getvalue()


STEMS = [(20.0 + 9 * number, 30.0, 3.0, 40.0) for number in range(20)]


@pytest.mark.parametrize("shift", [0.0, 0.125, 0.25])
def test_letters_smoothed_otherwise_do_not_differ(shift: float) -> None:
    assert difference(drawn(*STEMS), drawn(*((left + shift, *rest) for left, *rest in STEMS))) is None


@pytest.mark.parametrize(
    "after",
    [
        drawn(*((left + 1, *rest) for left, *rest in STEMS)),
        drawn(*STEMS, (210, 68, 2, 2)),
        drawn(*STEMS, (20, 80, 180, 1)),
        drawn(*STEMS, paper=250),
        drawn(*STEMS, ink=60),
    ],
    ids=["moved", "a full stop", "a line", "a colour", "the ink"],
)
def test_what_people_notice_differs(after: bytes) -> None:
    found = difference(drawn(*STEMS), after)
    assert found
    assert 0 < found.share <= 1


def test_what_differs_is_marked_where_it_is() -> None:
    found = difference(drawn(*STEMS), drawn(*STEMS, (150, 90, 30, 12)))
    assert found
    with Image.open(BytesIO(found.png)) as image:
        pixels = image.convert("RGB")
    marked = [
        (x, y)
        for x in range(240)
        for y in range(120)
        if max(pixels.getpixel((x, y))) > 30 + min(pixels.getpixel((x, y)))
    ]
    xs, ys = zip(*marked, strict=True)
    assert (min(xs), max(xs)) == (pytest.approx(150, abs=8), pytest.approx(179, abs=8))
    assert (min(ys), max(ys)) == (pytest.approx(90, abs=8), pytest.approx(101, abs=8))
    assert found.share == pytest.approx(30 * 12 / (240 * 120), abs=0.01)


# --- slides and steps -----------------------------------------------------------------------------------------------

ONE, TWO, THREE, FOUR = (drawn((20 * number, 20, 10, 40)) for number in range(1, 5))


@pytest.mark.parametrize(
    ("before", "after", "pairs"),
    [
        ([ONE, TWO], [ONE, TWO], []),
        ([ONE, TWO], [ONE, THREE], [(2, TWO, THREE)]),
        ([ONE, TWO], [ONE, THREE, TWO], [(2, None, THREE)]),
        ([ONE, TWO, THREE], [ONE, THREE], [(2, TWO, None)]),
        ([ONE, TWO], [THREE, FOUR, ONE], [(1, None, THREE), (2, None, FOUR), (2, TWO, None)]),
        ([], [ONE, TWO], [(1, None, ONE), (2, None, TWO)]),
    ],
)
def test_steps_that_are_the_same_stand_beside_each_other(before: Any, after: Any, pairs: Any) -> None:
    assert [(pair.step, pair.before, pair.after) for pair in _pairs(before, after)] == pairs


@pytest.mark.parametrize(
    ("before", "after", "moved"),
    [
        ("abcd", "abcd", ""),
        ("abcd", "bcda", "a"),
        ("abcd", "dabc", "d"),
        ("abcdef", "abxefcd", "cd"),
        ("abcd", "ad", ""),
        ("ab", "xy", ""),
        ("", "ab", ""),
    ],
)
def test_only_what_left_its_place_is_moved(before: str, after: str, moved: str) -> None:
    found = _moved(before, after)
    assert found == set(moved) or (before == "abcdef" and found in (set("cd"), set("ef")))


def test_what_is_gone_is_told_after_what_came_before_it() -> None:
    assert "".join(_merged("abcde", "xbdy")) == "axbcdey"


# --- revisions ------------------------------------------------------------------------------------------------------

BEFORE = """\
---
title: A talk
css: own.css
---
<!-- .slide: id="same" -->
# The same

---
<!-- .slide: id="text" -->
## A text

* one
* two <!-- .element: class="fragment" -->
* three <!-- .element: class="fragment" -->

---
<!-- .slide: id="gone" -->
## It goes

---
<!-- .slide: id="otherwise" -->
## Made <span>otherwise</span>

---
<!-- .slide: id="night" -->
## By night

<style>@media (prefers-color-scheme: dark) { .night { color: red } }</style>
<p class="night">Another colour</p>

---
<!-- .slide: id="goes" -->
## It moves

---
<!-- .slide: id="last" -->
## The last
"""

AFTER = (
    BEFORE.replace("* two", "* zwei")
    .replace('<!-- .slide: id="gone" -->\n## It goes\n\n---\n', "")
    .replace("<span>otherwise</span>", "<b style='font-weight: inherit'>otherwise</b>")
    .replace("color: red", "color: blue")
    .replace('\n---\n<!-- .slide: id="goes" -->\n## It moves\n', "")
    + '\n---\n<!-- .slide: id="new" -->\n## It is <i>new</i>\n'
).replace('<!-- .slide: id="same" -->', '<!-- .slide: id="goes" -->\n## It moves\n\n---\n<!-- .slide: id="same" -->')

MARK = '<!-- .slide: id="{}" -->'


def git(folder: Path, *arguments: str) -> str:
    alone = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    who = {f"GIT_{role}_{what}": "a@example.org" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    done = subprocess.run(
        ["git", *arguments], cwd=folder, env={**os.environ, **alone, **who}, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def write(root: Path, talk: str) -> None:
    for name, text in {
        "mkdocs.yml": "site_name: A talk\nplugins:\n  - greenroom:\n      rehearse: {sizes: [1280x720]}\n",
        "docs/index.md": "# A talk\n",
        "slides/talk.md": talk,
        "slides/own.css": "",
    }.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project in a folder of a repository: `empty` has none of it, `broken` is not built, `start` is as it was."""
    repository = tmp_path_factory.mktemp("diff")
    root = repository / "talks"
    git(repository, "init", "-q", "-b", "main")
    (repository / "README.md").write_text("Talks\n")
    for tag, talk in (("empty", ""), ("broken", "![](gone.png)\n"), ("start", BEFORE)):
        if talk:
            write(root, talk)
        git(repository, "add", "-A")
        git(repository, "commit", "-q", "-m", tag)
        git(repository, "tag", tag)
    write(root, AFTER)
    return root


def run(root: Path, *options: str, status: int, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from greenroom.cli import main; main()", "rehearse", *options]
    env = {**os.environ, **environment}
    done = subprocess.run(command, cwd=root, env=env, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == status, done.stdout + done.stderr
    assert "Traceback" not in done.stderr, done.stderr
    return done


def test_the_project_is_put_elsewhere_as_it_was(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_DIR", str(root / "nowhere"))  # as in a hook
    monkeypatch.setenv("GIT_INDEX_FILE", str(root / "index"))
    with checkout(root, "main") as (folder, commit):
        assert (folder / "slides" / "talk.md").read_text(encoding="utf-8") == BEFORE
        assert sorted(path.name for path in folder.iterdir()) == ["docs", "mkdocs.yml", "slides"]
    assert not folder.exists()
    assert not (root / "index").exists()
    monkeypatch.undo()
    assert git(root, "rev-parse", "main").startswith(commit)
    assert git(root, "status", "--short", ".") == "M slides/talk.md"


@pytest.mark.parametrize(
    ("revision", "fact"),
    [
        ("mian", "there is no revision `mian`\n\nhint: did you mean `main`?"),
        ("--help", "there is no revision `--help`"),
        ("empty", "`empty` cannot be had: "),
    ],
)
def test_a_revision_without_the_project_is_told(root: Path, revision: str, fact: str) -> None:
    with pytest.raises(RevisionError) as error, checkout(root, revision):
        pass
    assert str(error.value).startswith(fact)


def test_a_clone_without_history_says_how_to_get_it(root: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", "--depth", "1", root.parent.as_uri(), "clone")
    with pytest.raises(RevisionError, match="git fetch --unshallow"), checkout(tmp_path / "clone" / "talks", "HEAD~1"):
        pass


def test_where_git_does_not_help_that_is_wrong_usage(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, BEFORE)
    assert "not a git repository" in run(tmp_path, "--diff", "main", status=2).stderr
    assert "there is no revision `mian`" in run(root, "--diff", "mian", status=2).stderr
    assert "--diff shows what changed" in run(root, "--diff", "main", "--json", status=2).stderr
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RevisionError, match="git is not installed"), checkout(root, "main"):
        pass


def test_what_is_wrong_with_a_revision_is_told(root: Path) -> None:
    told = run(root, "--diff", "broken", status=1).stderr
    assert told.startswith("at broken (")
    assert "slides/talk.md:1:" in told
    assert "error[resource-missing]" in told


# --- all of it ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def told(root: Path) -> list[str]:
    return run(root, "--diff", "start", status=0).stdout.splitlines()


@pytest.fixture(scope="module")
def page(chromium: Browser, root: Path, told: list[str]) -> Iterator[Page]:
    assert told
    context = chromium.new_context(viewport={"width": 1280, "height": 800}, offline=True)
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: asked.append(str(error)))
    address = (root / ".greenroom" / "diff.html").as_uri()
    page.goto(address)
    yield page
    assert [each for each in asked if not each.startswith(("data:", address))] == []
    context.close()


def test_slides_that_look_otherwise_are_listed_with_their_places(told: list[str], root: Path) -> None:
    commit = git(root, "rev-parse", "--short", "start")

    def at(name: str, talk: str = AFTER) -> str:
        return f"slides/talk.md:{talk.splitlines().index(MARK.format(name)) + 1}:1"

    assert told == [
        f"{at('goes')}: moved: `goes`, from place 6 to 1",
        f"{at('text')}: changed: `text`, steps 2-3, light",
        f"{at('gone', BEFORE)}: removed: `gone`",
        f"{at('night')}: changed: `night`, step 1, dark",
        f"{at('new')}: added: `new`",
        f"since start ({commit}): 7 slides: 2 changed, 1 added, 1 removed, 1 moved, 3 unchanged",
        f"{Path('.greenroom', 'diff.html')} written",
    ]


def test_before_and_after_are_side_by_side(page: Page) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text("2 changed, 1 added, 1 removed, 1 moved")
    pair = page.locator("#slides-talk-md-text-changed .pair").first
    expect(pair.get_by_role("heading")).to_contain_text("Step 2: ")
    assert [img.get_attribute("alt") for img in pair.get_by_role("img").all()] == [
        f"“A text” at step 2, light: {name}" for name in ("before", "after", "difference")
    ]
    places = [img.bounding_box() for img in pair.get_by_role("img").all()]
    assert len({place["y"] for place in places if place}) == 1
    expect(page.locator("#slides-talk-md-gone-removed .picture")).to_have_count(1)
    expect(page.locator("#slides-talk-md-goes-moved")).to_contain_text("It looks as it did.")


def test_arrows_turn_between_before_and_after(page: Page) -> None:
    page.locator("#slides-talk-md-night-changed .picture").first.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Before, step 1")
    page.keyboard.press("ArrowRight")
    expect(dialog).to_contain_text("After, step 1")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    expect(dialog).to_contain_text("Difference, step 1")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)


def test_kinds_of_change_are_left_out(page: Page) -> None:
    page.get_by_role("checkbox", name="Changed").uncheck()
    expect(page.locator(".slide h3").filter(visible=True)).to_have_text(["It moves", "It goes", "It is new"])
    expect(page.get_by_role("navigation").get_by_role("link").filter(visible=True)).to_have_count(3)
    page.get_by_role("checkbox", name="Changed").check()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nobody_is_kept_out_and_nothing_reaches_out(page: Page, scheme: Any) -> None:
    page.emulate_media(color_scheme=scheme)
    page.evaluate(assets.AXE.read_text(encoding="utf-8"))
    for width in (1280, 360):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("axe.run().then(({ violations }) => violations.map(({ id }) => id))") == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_slides_that_are_made_of_the_same_are_not_looked_at(root: Path, tmp_path: Path) -> None:
    (tmp_path / "git").symlink_to(str(shutil.which("git")))
    blind = {"PATH": str(tmp_path), "PLAYWRIGHT_BROWSERS_PATH": str(tmp_path)}  # there is no browser to look with
    page = tmp_path / "same" / "index.html"
    write(root, BEFORE)
    try:
        done = run(root, "--diff", "start", "--report", str(page.parent), status=0, **blind)
    finally:
        write(root, AFTER)
    assert "7 slides: 7 unchanged" in done.stdout
    assert "Nothing looks otherwise" in page.read_text(encoding="utf-8")
    assert "no browser found" in run(root, "--diff", "start", status=1, **blind).stderr
