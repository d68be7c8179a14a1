"""Links to other sites: a server of this machine stands for theirs."""

from __future__ import annotations

import json
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from greenroom.cli import main
from greenroom.rehearse import external
from greenroom.rehearse.external import Answer, ask, target

ASKED: Counter[str] = Counter()
AT_ONCE: list[int] = [0, 0]
LOCK = threading.Lock()


class Site(BaseHTTPRequestHandler):
    """Answers with the status that is the first part of the path: `/404/some/thing`."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        pass

    def do_HEAD(self) -> None:
        self.answer()

    def do_GET(self) -> None:
        self.answer()

    def answer(self) -> None:
        host = self.headers["Host"].partition(":")[0]
        with LOCK:
            ASKED[f"{self.command} {host}{self.path}"] += 1
            count = ASKED[f"{self.command} {host}{self.path}"]
            AT_ONCE[0] += 1
            AT_ONCE[1] = max(AT_ONCE)
        status, headers = int(self.path.split("/")[1]), {}
        if "/get-only" in self.path:
            status = 200 if self.command == "GET" else 405
        if "/recovers" in self.path and count > 1:
            status = 200
        if status == 301:
            headers["Location"] = f"/{self.path.split('/', 2)[2]}" if "/round" not in self.path else self.path
        if status == 429:
            headers["Retry-After"] = "0"
        with LOCK:
            AT_ONCE[0] -= 1
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", "0")
        self.end_headers()


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """The port of a server that has the names of all hosts that end in `.test`; no other host has a name."""
    resolve = socket.getaddrinfo

    def getaddrinfo(host: str, *rest: Any, **more: Any) -> Any:
        if str(host) == "offline.test":
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        if not str(host).endswith(".test"):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return resolve("127.0.0.1", *rest, **more)

    with pytest.MonkeyPatch.context() as patch, ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        patch.setattr(external, "PAUSES", (0.0, 0.0))
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            patch.delenv(name, raising=False)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        patch.setattr(socket, "getaddrinfo", getaddrinfo)
        yield server.server_port
        server.shutdown()


def nothing(done: int, total: int) -> None:
    pass


@pytest.mark.parametrize(
    ("address", "url"),
    [
        ("https://example.org/a#b", "https://example.org/a"),
        ("//example.org/a", "https://example.org/a"),
        ("page.html", ""),
        ("/page.html", ""),
        ("#anchor", ""),
        ("mailto:a@example.org", ""),
        ("http://localhost:8000", ""),
        ("http://127.0.0.1:8000/", ""),
        ("http://[::1]/", ""),
        ("http://[", ""),
    ],
)
def test_addresses_of_other_hosts_are_asked_for_without_anchors(address: str, url: str) -> None:
    assert target(address) == url


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("ok.test/200", None),
        ("ok.test/301/200", None),
        ("ok.test/500/get-only", None),
        ("ok.test/503/recovers", None),
        ("ok.test/404", Answer("its host answers 404 Not Found", certain=True)),
        ("ok.test/301/404", Answer("its host answers 404 Not Found", certain=True)),
        ("ok.test/410", Answer("its host answers 410 Gone", certain=True)),
        ("ok.test/301/round", Answer("it leads round in circles", certain=True)),
        ("none.invalid/200", Answer("there is no host `none.invalid`", certain=True, whole=True)),
        ("ok.test/403", Answer("its host answers 403 Forbidden")),
        ("ok.test/500", Answer("its host answers 500 Internal Server Error", passing=True)),
        ("busy.test/429", Answer("its host answers 429 Too Many Requests", passing=True, whole=True)),
        ("offline.test/200", Answer("its host cannot be reached", passing=True, whole=True)),
    ],
)
def test_what_is_gone_is_known_from_what_nobody_can_tell(
    tmp_path: Path, port: int, path: str, answer: Answer | None
) -> None:
    url = f"http://{path.replace('/', f':{port}/', 1)}"
    assert ask([url, f"http://there.test:{port}/200"], tmp_path, nothing).get(url) == answer


@pytest.mark.usefixtures("port")
def test_where_no_host_is_known_nothing_is_for_certain(tmp_path: Path) -> None:
    found = ask(["http://one.invalid/", "http://other.invalid/"], tmp_path, nothing)
    assert [answer.certain for answer in found.values()] == [False, False]
    assert all(answer.fact.endswith("is there a network?") for answer in found.values())


def test_a_host_that_is_busy_or_silent_is_not_asked_for_more(tmp_path: Path, port: int) -> None:
    urls = [f"http://patient.test:{port}/429/{number}" for number in range(20)]
    assert set(ask(urls, tmp_path, nothing)) == set(urls)
    asked = [name for name in ASKED if "patient.test" in name]
    assert 1 <= len(asked) <= external.LANES


def test_a_host_has_few_connections_and_each_address_is_asked_for_once(tmp_path: Path, port: int) -> None:
    seen: list[tuple[int, int]] = []
    urls = [f"http://many.test:{port}/200/{number % 30}" for number in range(60)]
    AT_ONCE[1] = 0
    assert ask(urls, tmp_path, lambda done, total: seen.append((done, total))) == {}
    assert [count for name, count in ASKED.items() if "many.test" in name] == [1] * 30
    assert AT_ONCE[1] <= external.LANES
    assert (seen[0], seen[-1]) == ((0, 30), (30, 30))


def test_what_was_there_is_not_asked_for_again_for_a_day(tmp_path: Path, port: int) -> None:
    there, gone = f"http://kept.test:{port}/200", f"http://kept.test:{port}/404"

    def asked() -> tuple[int, int]:
        ask([there, gone], tmp_path, nothing)
        return ASKED["HEAD kept.test/200"], ASKED["HEAD kept.test/404"]

    assert [asked(), asked()] == [(1, 1), (1, 2)]
    file = tmp_path / external.FILE
    known = json.loads(file.read_text())
    file.write_text(json.dumps({url: when - external.DAY for url, when in known.items()}))
    assert asked() == (2, 3)
    file.write_text("no JSON")
    assert asked() == (3, 4)


def test_links_of_decks_and_docs_are_told_where_they_are_written(
    tmp_path: Path, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    site = f"http://ok.test:{port}"
    for name, text in {
        "mkdocs.yml": f"site_name: Links\nrepo_url: {site}/404/repo\nplugins:\n  - greenroom:\n"
        "      rehearse: {sizes: [1280x720], schemes: [light]}\n",
        "docs/index.md": f"# Links\n\nThis [page]({site}/404/page#here) and [that]({site}/200).\n",
        "docs/other.md": "# Other\n",
        "slides/talk.md": f'<!-- .slide: id="one" -->\n# One\n\n[gone]({site}/404/slide), [closed]({site}/403/slide)\n',
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    result = CliRunner().invoke(main, ["rehearse", "--json", "--external"])
    assert result.exit_code == 1, result.output
    found = [
        (each["path"], each["line"], each["col"], each["slide"], each["severity"])
        for each in json.loads(result.stdout)["findings"]
        if each["code"] == "link"
    ]
    assert found == [
        ("docs/index.md", 3, 13, "", "error"),
        ("mkdocs.yml", 2, 11, "", "error"),
        ("slides/talk.md", 4, 8, "one", "error"),
        ("slides/talk.md", 4, 1 + len(f"[gone]({site}/404/slide), [closed]("), "one", "note"),
    ]
    assert json.loads(CliRunner().invoke(main, ["rehearse", "--json"]).stdout)["findings"] == []
