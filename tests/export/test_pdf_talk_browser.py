"""The talk of this repository as a PDF: all slides with all that they say."""

from __future__ import annotations

import re
from collections import Counter
from html import unescape
from io import BytesIO
from pathlib import Path
from unicodedata import normalize

from pypdf import PdfReader

from greenroom import build
from greenroom.export import pdf, stage
from greenroom.export.sheets import Look

ROOT = Path(__file__).parents[2]


def words(text):
    return Counter(re.findall(r"\w+", normalize("NFKC", text)))


def test_each_slide_of_the_talk_has_one_page_with_its_words():
    project = build.load(ROOT)
    html = {name: html for stack in build.decks(project)["tf2-pytorch"].stacks for name, html in stack}
    with stage.staged(project, ["tf2-pytorch"]) as (talk,), stage.chromium() as program:
        document = PdfReader(BytesIO(pdf.export(program, talk, Look()).document))
    assert [slide.id for slide in talk.slides] == list(html)
    assert len(document.pages) == len(html)
    for slide, page in zip(talk.slides, document.pages, strict=True):
        heard = unescape(" ".join(re.findall(r'(?<=alt=")[^"]*|(?<=class="who">)[^<]*', html[slide.id])))
        assert words(slide.text) - words(page.extract_text()) - words(heard) == Counter(), slide.id
