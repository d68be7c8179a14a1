"""Decks are built from what the author wrote, with what it names beside it."""

from greenroom import build

PICTURE = b"not really a picture"


def deck(folder, text):
    (folder / "talk").mkdir()
    (folder / "talk" / "talk.md").write_text(text)
    (folder / "talk" / "a b.png").write_bytes(PICTURE)
    (folder / "c.png").write_bytes(PICTURE)
    return build.build_deck(folder / "talk" / "talk.md", folder / "deck", None, None, None)


def test_a_picture_beside_the_talk_keeps_the_address_that_the_author_wrote(tmp_path):
    built = deck(tmp_path, "![a](./a%20b.png?v=2)\n")
    assert built.report == "no code fences"
    assert (tmp_path / "deck" / "a b.png").read_bytes() == PICTURE
    assert '"./a%20b.png?v=2"' in (tmp_path / "deck" / "index.html").read_text()


def test_a_picture_from_outside_is_brought_in(tmp_path):
    deck(tmp_path, "![c](../c.png)\n")
    (copy,) = (tmp_path / "deck" / "assets" / "media").iterdir()
    assert copy.read_bytes() == PICTURE
    assert f'"assets/media/{copy.name}"' in (tmp_path / "deck" / "index.html").read_text()


def test_a_deck_with_an_unknown_theme_has_the_default_one(tmp_path):
    built = deck(tmp_path, "---\ntheme: nights\n---\n# A\n")
    assert "talk.md:2:1: note[theme-unknown]: there is no theme `nights`" in built.report
    assert 'href="assets/themes/greenroom.css"' in (tmp_path / "deck" / "index.html").read_text()
    assert (tmp_path / "deck" / "assets" / "themes" / "greenroom.css").exists()
