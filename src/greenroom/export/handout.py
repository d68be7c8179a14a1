"""The pages of a site → one document to print: nothing in it is clicked, and nothing of it is elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from html import escape
from itertools import groupby
from urllib.parse import urljoin

from selectolax.lexbor import LexborHTMLParser, LexborNode

from greenroom import styles
from greenroom.export import stage
from greenroom.export.place import data
from greenroom.model import Talk
from greenroom.site import Book, Page
from greenroom.styles import found

_REFERRING = ("for", "headers", "list", "aria-labelledby", "aria-describedby", "aria-controls", "aria-details")
_SHOWN = ("src", "poster", "data")
_LEFT_OUT = ".headerlink, .present, .md-button, .md-annotation, script, noscript, template, iframe"
_END, _ESCAPED = re.compile(r"<(?=/style)", re.IGNORECASE), r"\\3c "
WIDEST = 84
"""The characters of a line of code that a page has room for."""

_SCHEME = re.compile(r"^https?://(?:www\.)?|/$")
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
    looks += [
        styles.sheet(path, files, lambda path, _: data(path, files[path])) for path in book.sheets if path in files
    ]
    looks.append("\n".join(_running(number, part.title or book.title) for number, part in enumerate(parts)))
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
            *(f"<style>\n{_END.sub(_ESCAPED, look)}\n</style>" for look in looks),
            '</head>\n<body class="md-typeset" data-md-color-scheme="default">',
            f'<header class="cover">\n<h1>{escape(book.title)}</h1>\n{"".join(said)}\n</header>',
            '<nav class="contents" aria-labelledby="contents">\n<h2 id="contents">Contents</h2>',
            f"{_contents(parts)}</nav>",
            "<main>",
            *(bound.part(number, part) for number, part in enumerate(parts)),
            "</main>\n</body>\n</html>\n",
        ]
    )


def of_talks(book: Book, talks: Sequence[Talk]) -> Book:
    """What of a site belongs to talks. A single one gives it its name, and needs no list of its own pages."""
    folders = tuple(f"talks/{talk.name}/" for talk in talks)
    chosen = replace(book, pages=tuple(page for page in book.pages if page.path.startswith(folders)))
    if len(talks) != 1:
        return chosen
    said = stage.facts(talks[0], None)
    pages = tuple(replace(page, sections=("",)) for page in chosen.pages if page.path != f"{folders[0]}index.html")
    return Book(said.title, said.author, said.subject, said.language, book.url, book.sheets, pages)


@dataclass(frozen=True, slots=True)
class Part:
    """What stands at the top of the navigation: a page, or several under one title.

    Attributes:
        title: What it is called; "" if it is all that there is.
        pages: Its pages.
    """

    title: str
    pages: Sequence[Page]


def _parts(book: Book) -> Iterator[Part]:
    for _, pages in groupby(enumerate(book.pages), lambda each: each[1].sections[:1] or each[0]):
        own = tuple(page for _, page in pages)
        yield Part(own[0].sections[0] if own[0].sections else own[0].title, own)


def _running(number: int, title: str) -> str:
    """What stands at the head of a part's pages."""
    title = title.replace("\\", "\\\\").replace('"', '\\"')
    return f'.part-{number} {{ page: part-{number} }}\n@page part-{number} {{ @top-right {{ content: "{title}" }} }}'


def _contents(parts: Sequence[Part]) -> str:
    """The table of contents; the numbers of pages are known when it is printed."""
    items = []
    for number, part in enumerate(parts):
        inner = [f"<li>{_entry(name(page.path), page.title)}</li>" for page in part.pages]
        if part.pages[0].sections and part.title:
            below = "\n".join(inner)
            inner = [f"<li>{_entry(f'part:{number}', part.title)}\n<ol>\n{below}\n</ol></li>"]
        items += inner
    return "<ol>\n{}\n</ol>\n".format("\n".join(items))


def _entry(target: str, title: str) -> str:
    numbered = '<span class="leader"></span><span class="number"></span>'
    return f'<a href="#{escape(target)}"><span>{escape(title)}</span> {numbered}</a>'


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
        heading = (
            f'<h2 class="part" id="part:{number}">{escape(part.title)}</h2>\n'
            if part.pages[0].sections and part.title
            else ""
        )
        return f'<section class="part-{number}">\n{heading}{pages}\n</section>'

    def page(self, page: Page) -> str:
        """A page as a part of the document."""
        article = _node(f"<article>{page.html}</article>")
        _to_paper(article, 1 + len(page.sections))
        self._rename(article, self.names[page.path])
        for node in article.css("a[href]"):
            self._link(node, page)
        for node in article.css("[src], [poster], [data]"):
            for name in ("src", "poster", "data"):
                if place := found(node.attributes.get(name) or "", page.path, self.files):
                    node.attrs[name] = data(place[0], self.files[place[0]])
        return article.html or ""

    def _rename(self, article: LexborNode, own: str) -> None:
        """Let no two elements of the document have the same name."""
        for node in article.css("[id]"):
            node.attrs["id"] = f"{own}:{node.attributes['id']}"
        for attribute in _REFERRING:
            for node in article.css(f"[{attribute}]"):
                named = (node.attributes[attribute] or "").split()
                node.attrs[attribute] = " ".join(f"{own}:{each}" for each in named)
        article.attrs["id"] = own

    def _link(self, node: LexborNode, page: Page) -> None:
        """Lead to the place in the document, or to the site where it is published; or nowhere, where it is not."""
        address = node.attributes["href"] or ""
        place = found(address, page.path, self.files)
        if address.startswith("#"):
            node.attrs["href"] = (
                f"#{self.names[page.path]}:{address[1:]}" if address[1:] else f"#{self.names[page.path]}"
            )
        elif place and place[0] in self.names:
            fragment = place[1].partition("#")[2]
            node.attrs["href"] = f"#{self.names[place[0]]}{f':{fragment}' if fragment else ''}"
        elif re.match(r"[a-zA-Z][a-zA-Z0-9+.-]*:|//", address):
            shown = _SCHEME.sub("", address)
            if address.startswith(("http:", "https:")) and _SCHEME.sub("", node.text().strip()) != shown:
                node.attrs["data-address"] = shown
        elif self.book.url:
            node.attrs["href"] = urljoin(urljoin(self.book.url, page.path), address)
        else:
            _unlink(node)


def _to_paper(article: LexborNode, lower: int) -> None:
    """Take out what is for screens, unfold what is folded, and let headings stand below those of the document.

    Args:
        article: The page.
        lower: By how many levels headings go down.
    """
    for node in article.css(".present[id]"):
        node.replace_with(_node(f'<span id="{escape(node.attributes["id"] or "")}"></span>'))
    for node in article.css(_LEFT_OUT):
        _drop(node)
    for node in article.css("details"):
        node.attrs["open"] = ""
    for node in article.css(".walk, .highlighttable"):
        _fit(node)
    while tabs := article.css_first(".tabbed-set"):
        tabs.replace_with(_one_after_the_other(tabs))
    for heading in article.css("h1, h2, h3, h4, h5, h6"):
        level = min(int((heading.tag or "h6")[1]) + lower, 6)
        said = {**heading.attributes, "data-level": (heading.tag or "h6")[1]}
        written = "".join(f' {name}="{escape(value or "")}"' for name, value in said.items())
        heading.replace_with(_node(f"<h{level}{written}>{heading.inner_html}</h{level}>"))


def _fit(listing: LexborNode) -> None:
    """Make code smaller that is too wide to stand beside marks or numbers, which are beside its lines."""
    longest = max((len(line) for code in listing.css("pre > code") for line in code.text().splitlines()), default=0)
    if longest > WIDEST:
        said = listing.attributes.get("style") or ""
        listing.attrs["style"] = f"--fit: {WIDEST / longest:.3f}; {said}".strip("; ")


def _one_after_the_other(tabs: LexborNode) -> LexborNode:
    """What stands on tabs, each below its label."""
    labels = [label.inner_html or "" for label in tabs.css(".tabbed-labels > label")]
    blocks = [child for child in _children(tabs) if "tabbed-content" in _classes(child)]
    shown = zip(labels, [block for each in blocks for block in _children(each)], strict=False)
    inside = "".join(
        f'<div class="tab"><p class="tab-label">{label}</p>{block.inner_html}</div>' for label, block in shown
    )
    return _node(f'<div class="tabs">{inside}</div>')


def _children(node: LexborNode) -> list[LexborNode]:
    return [child for child in node.iter() if child.is_element_node]


def _classes(node: LexborNode) -> list[str]:
    return (node.attributes.get("class") or "").split()


def _drop(node: LexborNode) -> None:
    """Take out an element, and the paragraph that had nothing else in it."""
    parent = node.parent
    node.decompose()
    if parent and parent.tag == "p" and not parent.text().strip() and not _children(parent):
        parent.decompose()


def _unlink(link: LexborNode) -> None:
    """Leave a link's words; of one to a file to be saved, nothing, and nothing of a paragraph of such links."""
    if "download" not in link.attributes:
        kept = f' class="{escape(link.attributes["class"] or "")}"' if "class" in link.attributes else ""
        link.replace_with(_node(f"<span{kept}>{link.inner_html}</span>"))
        return
    before, paragraph = link.prev, link.parent
    if before and before.is_text_node:
        before.replace_with(_AFTER.sub("", before.text_content or ""))
    link.decompose()
    if paragraph and paragraph.tag == "p" and not paragraph.css("a") and "origin" not in _classes(paragraph):
        paragraph.decompose()


def _node(html: str) -> LexborNode:
    node = LexborHTMLParser(html, is_fragment=True).root
    if node is None:
        raise ValueError(html)
    return node
