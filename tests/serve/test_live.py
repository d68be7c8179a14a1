"""What a deck is told after a change: nothing more than what has changed, and enough to become what a build makes."""

from __future__ import annotations

from pathlib import Path

import pytest

from greenroom import build
from greenroom.serve.live import Live

TALK = "# One\n\ntext\n\n---\n## Two\n\n* a\n\n----\n## Three\n\n---\n## Two\n\nagain\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "slides").mkdir()
    (tmp_path / "docs").mkdir()
    (tmp_path / "mkdocs.yml").write_text("site_name: A\nplugins: [greenroom]\n")
    (tmp_path / "slides" / "talk.md").write_text(TALK)
    return tmp_path


def edited(root: Path, *changes: tuple[str, str]):
    """What the deck is told of a change of its talk; and it is then what a build makes."""
    talk = root / "slides" / "talk.md"
    live = Live(root)
    text = talk.read_text()
    for old, new in changes:
        assert text.count(old) == 1
        text = text.replace(old, new)
    talk.write_text(text)
    told = live.update()
    fresh = build.decks(build.load(root))["talk"]
    assert live.decks["talk"].html == fresh.page(fresh.stacks)
    return told.get("talk")


def test_only_the_slide_that_changed_is_told(root):
    told = edited(root, ("text", "another text"))
    assert list(told["slides"]) == ["one"]
    assert "another text" in told["slides"]["one"]
    assert (told["order"], told["names"], told["files"], told["version"]) == (None, {}, [], 2)


def test_slides_that_only_stand_elsewhere_in_the_file_are_not_told(root):
    assert edited(root, ("# One", "\n\n\n# One")) is None


def test_a_new_slide_comes_with_the_order(root):
    told = edited(root, ("----\n", "----\n## New\n\n----\n"))
    assert list(told["slides"]) == ["new"]
    assert told["order"] == [["one"], ["two", "new", "three"], ["two-2"]]


def test_a_slide_keeps_its_name_or_it_is_told_which_it_has_now(root):
    """The second slide of a title has the name of the first, once that has another title."""
    told = edited(root, ("## Two\n\n* a", "## Other\n\n* a"))
    assert told["order"] == [["one"], ["other", "three"], ["two"]]
    assert told["names"] == {"two-2": "two"}
    assert set(told["slides"]) == {"other", "three", "two"}  # the docs' page of a stack is named after its first slide


def test_another_title_of_the_talk_is_another_page(root):
    assert edited(root, ("# One", "# First"))["type"] == "reload"


def test_a_talk_that_was_gone_goes_on_where_it_was(root):
    live = Live(root)
    talk = root / "slides" / "talk.md"
    talk.unlink()
    assert live.update() == {}
    assert "text" in live.decks["talk"].html
    talk.write_text(TALK.replace("text", "other"))
    told = live.update()["talk"]
    assert (list(told["slides"]), told["version"]) == (["one"], 2)


def test_a_picture_that_changed_is_told(root):
    picture = root / "slides" / "a.svg"
    picture.write_text('<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"/>')
    talk = root / "slides" / "talk.md"
    talk.write_text(TALK.replace("text", "![A](a.svg)"))
    live = Live(root)
    picture.write_text('<svg xmlns="http://www.w3.org/2000/svg" width="20" height="10"/>')
    told = live.update()["talk"]
    assert told["files"] == ["a.svg"]
    assert 'width="20"' in told["slides"]["one"]
