"""What the server answers when a page of the site is asked for."""

from __future__ import annotations

import urllib.error
import urllib.request

import pytest


def page(address: str) -> str:
    with urllib.request.urlopen(address, timeout=10) as answer:
        return answer.read().decode()


def test_before_the_site_is_built_its_address_leads_to_the_talks(project, presented):
    root = project({"slides/talk.md": "# A talk\n", "slides/other.md": "# Another\n"})
    shown = presented(root)
    for _ in range(2):
        home = page(f"{shown.address}/")
        assert '<a href="/slides/talk/">talk</a>' in home
        assert '<a href="/slides/other/">other</a>' in home
        assert "/_greenroom/live.js" in home  # which loads the page again once the site is there
        (root / "site").mkdir(exist_ok=True)
    with pytest.raises(urllib.error.HTTPError, match="404"):
        page(f"{shown.address}/other.html")
    (root / "site" / "index.html").write_text("<html><body>The site</body></html>", encoding="utf-8")
    assert "The site" in page(f"{shown.address}/")
