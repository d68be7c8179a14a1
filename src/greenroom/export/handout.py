"""The pages of a site → one document to print: nothing in it is clicked, and nothing of it is elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from itertools import groupby
from urllib.parse import urljoin

from selectolax.lexbor import LexborHTMLParser, LexborNode

from greenroom.export import styles
from greenroom.export.place import data, found
from greenroom.site import Book, Page

_REFERRING = ("for", "headers", "list", "aria-labelledby", "aria-describedby", "aria-controls", "aria-details")
_SHOWN = ("src", "poster", "data")
_LEFT_OUT = ".headerlink, .present:not([id]), .md-button, .md-annotation, script, noscript, template, iframe"
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_AFTER = re.compile(r"\s*·\s*$")


def document(book: Book, files: Mapping[str, bytes], sheets: Mapping[str, bytes]) -> str:
    """Put the pages of a site into one.

    Args:
        book: The site.
        files: What lies in it, by its path.
        sheets: The files of our own style sheet, `handout.css`, by their paths.
    """
    parts = [*_parts(book)]
    looks = [styles.sheet("handout.css", sheets, lambda path, _: data(path, sheets[path]))]
    looks += [styles.sheet(path, files, lambda path, _: data(path, files[path])) for path in book.sheets if path in files]
    looks.append("\n".join(_running(number, part) for number, part in enumerate(parts)))
    said = [f'<p class="about">{escape(book.about)}</p>' if book.about else ""]
    said.append(f'<p class="author">{escape(book.author)}</p>' if book.author else "")
    said.append(f'<p class="address"><a href="{escape(book.url)}">{escape(book.url)}</a></p>' if book.url else "")
    bound = _Bound(book, files)
    return "\n".join(
        [
            "<!doctype html>",
            f'<html lang="{escape(book.language)}">',
            '<head>\n<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{escape(book.title)}</title>",
            '<link rel="icon" href="data:,">',
            *(f"<style>\n{re.sub('<(?=/style)', r'\\3c ', look)}\n</style>" for look in looks),
            '</head>\n<body class="md-typeset" data-md-color-scheme="default">',
            f'<header class="cover">\n<h1>{escape(book.title)}</h1>\n{"".join(said)}\n</header>',
            f'<nav class="contents" aria-labelledby="contents">\n<h2 id="contents">Contents</h2>\n{_contents(parts)}</nav>',
            "<main>",
            *(bound.part(number, part) for number, part in enumerate(parts)),
            "</main>\n</body>\n</html>\n",
        ]
    )


@dataclass(frozen=True, slots=True)
class Part:
    """What stands at the top of the navigation: a page, or several under one title.

    Attributes:
        title: What it is called.
        pages: Its pages.
    """

    title: str
    pages: Sequence[Page]


def _parts(book: Book) -> Iterator[Part]:
    for _, pages in groupby(enumerate(book.pages), lambda each: each[1].sections[:1] or each[0]):
        own = tuple(page for _, page in pages)
        yield Part(own[0].sections[0] if own[0].sections else own[0].title, own)


def _running(number: int, part: Part) -> str:
    """What stands at the head of the part's pages."""
    title = part.title.replace("\\", "\\\\").replace('"', '\\"')
    return f'.part-{number} {{ page: part-{number} }}\n@page part-{number} {{ @top-right {{ content: "{title}" }} }}'


def _contents(parts: Sequence[Part]) -> str:
    """The table of contents; the numbers of pages are known when it is printed."""
    items = []
    for number, part in enumerate(parts):
        if part.pages[0].sections:
            inner = "\n".join(f"<li>{_entry(name(page.path), page.title)}</li>" for page in part.pages)
            items.append(f"<li>{_entry(f'part-{number}', part.title)}\n<ol>\n{inner}\n</ol></li>")
        else:
            items.append(f"<li>{_entry(name(part.pages[0].path), part.title)}</li>")
    return "<ol>\n{}\n</ol>\n".format("\n".join(items))


def _entry(target: str, title: str) -> str:
    return f'<a href="#{escape(target)}"><span>{escape(title)}</span> <span class="leader"></span><span class="number"></span></a>'


def name(path: str) -> str:
    """What a page is called in the document; ids on it begin with that and a colon."""
    return re.sub(r"(/?index)?\.html$", "", path) or "index"


@dataclass(slots=True)
class _Bound:
    """The pages, bound together."""

    book: Book
    files: Mapping[str, bytes]
    names: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.names = {page.path: name(page.path) for page in self.book.pages}

    def part(self, number: int, part: Part) -> str:
        pages = "\n".join(self.page(page) for page in part.pages)
        heading = f'<h2 class="part" id="part-{number}">{escape(part.title)}</h2>\n' if part.pages[0].sections else ""
        return f'<section class="part-{number}">\n{heading}{pages}\n</section>'

    def page(self, page: Page) -> str:
        """A page as a part of the document."""
        tree = LexborHTMLParser(f"<article>{page.html}</article>")
        article = tree.css_first("article")
        if article is None:
            raise ValueError(page.path)
        own = self.names[page.path]
        article.attrs["id"] = own
        for node in article.css(_LEFT_OUT):
            _drop(node)
        for node in article.css("details"):
            node.attrs["open"] = ""
        for node in article.css(".tabbed-set"):
            node.replace_with(_one_after_the_other(node))
        for node in article.css(",".join(_HEADINGS)):
            _lower(node, 1 + len(page.sections))
        for node in article.css("[id]"):
            if node.mem_id != article.mem_id:
                node.attrs["id"] = f"{own}:{node.attributes['id']}"
        for node in article.css("a[name]"):
            node.attrs["name"] = f"{own}:{node.attributes['name']}"
        for attribute in _REFERRING:
            for node in article.css(f"[{attribute}]"):
                named = (node.attributes[attribute] or "").split()
                node.attrs[attribute] = " ".join(f"{own}:{each}" for each in named)
        for node in article.css("a[href]"):
            self._link(node, page)
        for attribute in _SHOWN:
            for node in article.css(f"[{attribute}]"):
                if place := found(node.attributes[attribute] or "", page.path, self.files):
                    node.attrs[attribute] = f"{data(place[0], self.files[place[0]])}{place[1][place[1].find('#'):] if '#' in place[1] else ''}"
        return article.html or ""

    def _link(self, node: LexborNode, page: Page) -> None:
        """Lead to the place in the document, or to the site where it is published; or nowhere, where it is not."""
        address = node.attributes["href"] or ""
        place = found(address, page.path, self.files)
        if address.startswith("#"):
            node.attrs["href"] = f"#{self.names[page.path]}:{address[1:]}" if address[1:] else f"#{self.names[page.path]}"
        elif place and place[0] in self.names:
            fragment = place[1].partition("#")[2]
            node.attrs["href"] = f"#{self.names[place[0]]}{f':{fragment}' if fragment else ''}"
        elif re.match(r"[a-zA-Z][a-zA-Z0-9+.-]*:|//", address):
            if address.startswith(("http:", "https:")) and node.text().strip() not in address:
                node.attrs["data-address"] = re.sub(r"^https?://(www\.)?|/$", "", address)
        elif self.book.url:
            node.attrs["href"] = urljoin(urljoin(self.book.url, page.path), address)
        else:
            _unlink(node)
