"""Decks are built from what the author wrote, with what it names beside it."""

from greenroom import build, site

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


def test_what_styles_on_the_slides_name_comes_with_them(tmp_path):
    style = "background: url(&quot;../c.png&quot;)"
    own = f"""\
<!-- .slide: style="background: url(../c.png)" -->
# A <!-- .element: style="background: url(a%20b.png)" -->

<p style="{style}; color: red">B</p>

<style>
em {{ background: url( '../c.png' ) }}
</style>
"""
    assert deck(tmp_path, own).report == "no code fences"
    assert (tmp_path / "deck" / "a b.png").read_bytes() == PICTURE
    (copy,) = (tmp_path / "deck" / "assets" / "media").iterdir()
    page = (tmp_path / "deck" / "index.html").read_text()
    there = f"url(&quot;assets/media/{copy.name}&quot;)"
    assert page.count(there) == 2
    assert f'<p style="background: {there}; color: red">' in page
    assert f'em {{ background: url("assets/media/{copy.name}") }}' in page
    assert "../c.png" not in page


def test_what_a_style_sheet_names_comes_with_it(tmp_path):
    (tmp_path / "shared" / "more").mkdir(parents=True)
    (tmp_path / "talk" / "fonts").mkdir(parents=True)
    own = '@import "../shared/more/b.css"; @font-face { src: url(fonts/a.woff2) } p { background: url("../c.png") }'
    (tmp_path / "talk" / "own.css").write_text(own)
    (tmp_path / "talk" / "fonts" / "a.woff2").write_bytes(b"font")
    (tmp_path / "c.png").write_bytes(PICTURE)
    (tmp_path / "shared" / "more" / "b.css").write_text("q { background: url(../d.png#x) }")
    (tmp_path / "shared" / "d.png").write_bytes(b"d")
    (tmp_path / "talk" / "talk.md").write_text("---\ncss: own.css\n---\n# A\n")
    built = build.build_deck(tmp_path / "talk" / "talk.md", tmp_path / "deck", None, None, None)
    assert built.report == "no code fences"
    media = {path.name.partition("-")[2]: path for path in (tmp_path / "deck" / "assets" / "media").iterdir()}
    assert sorted(media) == ["b.css", "c.png", "d.png"]
    assert (tmp_path / "deck" / "own.css").read_text() == (
        f'@import url("assets/media/{media["b.css"].name}");'
        f' @font-face {{ src: url(fonts/a.woff2) }} p {{ background: url("assets/media/{media["c.png"].name}") }}'
    )
    assert media["b.css"].read_text() == f'q {{ background: url("{media["d.png"].name}#x") }}'
    assert (tmp_path / "deck" / "fonts" / "a.woff2").read_bytes() == b"font"
    (tmp_path / "shared" / "d.png").write_bytes(b"another")
    assert not build.build_deck(tmp_path / "talk" / "talk.md", tmp_path / "deck", None, None, None).current


def test_style_sheets_that_import_each_other_are_read_once(tmp_path):
    (tmp_path / "talk").mkdir()
    (tmp_path / "talk" / "a.css").write_text('@import "b.css";')
    (tmp_path / "talk" / "b.css").write_text('@import "a.css"; p { background: url(gone.png) }')
    (tmp_path / "talk" / "talk.md").write_text("---\ncss: a.css\n---\n# A\n")
    built = build.build_deck(tmp_path / "talk" / "talk.md", tmp_path / "deck", None, None, None)
    assert built.report.count("note[resource-missing]") == 1
    assert "b.css:1:34: note[resource-missing]: there is no file `gone.png`" in built.report


def test_a_deck_with_an_unknown_theme_has_the_default_one(tmp_path):
    built = deck(tmp_path, "---\ntheme: nights\n---\n# A\n")
    assert "talk.md:2:1: note[theme-unknown]: there is no theme `nights`" in built.report
    assert 'href="assets/themes/greenroom.css"' in (tmp_path / "deck" / "index.html").read_text()
    assert (tmp_path / "deck" / "assets" / "themes" / "greenroom.css").exists()


def test_a_picture_that_was_missing_is_seen_when_it_comes(tmp_path):
    built = deck(tmp_path, "![d](d.png)\n")
    assert "there is no file `d.png`" in built.report
    (tmp_path / "talk" / "d.png").write_bytes(PICTURE)
    built = build.build_deck(tmp_path / "talk" / "talk.md", tmp_path / "deck", None, None, None)
    assert (built.current, built.report) == (False, "no code fences")
    assert (tmp_path / "deck" / "d.png").read_bytes() == PICTURE


def test_a_site_is_built_again_when_a_file_changes_that_a_talk_shows_from_elsewhere(tmp_path):
    for folder in ("slides", "docs", "images"):
        (tmp_path / folder).mkdir()
    (tmp_path / "mkdocs.yml").write_text("site_name: A\nplugins:\n  - greenroom\n")
    (tmp_path / "docs" / "index.md").write_text("# A\n")
    (tmp_path / "slides" / "talk.md").write_text("# A\n\n![a](../images/a.png)\n")
    picture = tmp_path / "images" / "a.png"
    picture.write_bytes(PICTURE)
    first, second = site.build(tmp_path), site.build(tmp_path)
    assert (first.problems, first.current, second.current) == ((), False, True)
    picture.write_bytes(b"another")
    assert not site.build(tmp_path).current
