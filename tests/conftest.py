"""What the tests share: golden results, and how they are made anew."""

from collections.abc import Callable
from pathlib import Path

import pytest

collect_ignore = ["cases"]

Golden = Callable[[Path, str], None]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--refresh", action="store_true", help="write the golden results of tests/cases anew")


@pytest.fixture
def refresh(request: pytest.FixtureRequest) -> bool:
    """Whether golden results are written, not compared."""
    return bool(request.config.getoption("--refresh"))


@pytest.fixture
def golden(refresh: bool) -> Golden:
    """Hold a text against a file, or write the file."""

    def hold(path: Path, text: str) -> None:
        if refresh:
            path.write_text(text, encoding="utf-8")
        assert path.read_text(encoding="utf-8") == text

    return hold
