"""Links beyond the site: asks their hosts whether what they lead to is there.

Hosts are asked at the same time, each over few connections and with pauses, as a visitor in no hurry would.
"""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urldefrag, urlsplit

from requests import RequestException, Response, Session, exceptions

import greenroom
from greenroom.output import replacing_file

FILE = ".greenroom/links.json"

DAY = 24 * 3600
"""For how many seconds what was there counts as being there."""

HOSTS = 16
"""How many connections there are at most."""

LANES = 2
"""How many of them to one host."""

PATIENCE = (10.0, 20.0)
"""For how many seconds a host may let us wait: for a connection, and for an answer."""

PAUSES = (1.0, 3.0)
"""For how many seconds we wait before we ask again, where something went wrong that may pass."""

LONGEST = 10.0
"""For how many seconds we wait at most if a host says how long to wait."""

PASSING = frozenset({429, 500, 502, 503, 504})
"""What a server answers that may answer something else a moment later."""

GONE = frozenset({404, 410})


@dataclass(frozen=True, slots=True)
class Answer:
    """Why an address may lead nowhere.

    Attributes:
        fact: What came of asking for it.
        certain: Whether it means that nothing is there; else nobody can tell.
        passing: Whether it may be otherwise a moment later.
        whole: Whether it is so with all addresses of the host.
        wait: How many seconds the host wants us to wait.
    """

    fact: str
    certain: bool = False
    passing: bool = False
    whole: bool = False
    wait: float = 0


Follow = Callable[[int, int], None]
"""Told how many addresses were asked for, of how many."""


def target(address: str) -> str:
    """The URL to ask for, without its anchor, which hosts do not see; "" if the address is not one of another host."""
    try:
        url = urldefrag(f"https:{address}" if address.startswith("//") else address)[0]
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return ""
    own = host == "localhost" or host.endswith(".localhost") or host.startswith("127.") or host == "::1"
    return url if parts.scheme in ("http", "https") and host and not own else ""


def ask(urls: Iterable[str], root: Path, follow: Follow) -> dict[str, Answer]:
    """Ask for addresses.

    Args:
        urls: Which ones, as `target` gives them.
        root: The project's, which remembers for a day what was there.
        follow: Told how far it is.

    Returns:
        Those that lead nowhere, or may lead nowhere.
    """
    now = time.time()
    kept = {url: when for url, when in _read(root).items() if 0 <= now - when < DAY}
    wanted = list(dict.fromkeys(url for url in urls if url not in kept))
    found: dict[str, Answer] = {}
    done = 0
    if not wanted:
        return found
    follow(done, len(wanted))
    lanes = list(_lanes(wanted))
    with ThreadPoolExecutor(min(HOSTS, len(lanes))) as pool:
        pending = [pool.submit(lane.walk) for lane in lanes]
        try:
            for ended in as_completed(pending):
                for url, answer in ended.result():
                    if answer:
                        found[url] = answer
                    else:
                        kept[url] = now
                    done += 1
                follow(done, len(wanted))
        finally:
            pool.shutdown(cancel_futures=True)
            _write(root, kept)
    if len(found) == len(wanted) and all(answer.certain and answer.whole for answer in found.values()):
        doubt = "nor any other that was asked for: is there a network?"
        return {url: replace(answer, fact=f"{answer.fact}, {doubt}", certain=False) for url, answer in found.items()}
    return found


@dataclass(slots=True)
class _Host:
    """What the lanes to a host share.

    Attributes:
        silent: Why there is no use in asking it for more; None while there is.
    """

    silent: Answer | None = None


@dataclass(slots=True)
class _Lane:
    """Addresses of one host, to be asked for one after the other over one connection."""

    host: _Host
    urls: list[str] = field(default_factory=list)

    def walk(self) -> list[tuple[str, Answer | None]]:
        """The answers; None for what is there."""
        with Session() as session:
            session.max_redirects = 10
            session.headers["User-Agent"] = f"greenroom/{greenroom.__version__} (looks whether links lead somewhere)"
            return [(url, self._ask(session, url)) for url in self.urls]

    def _ask(self, session: Session, url: str) -> Answer | None:
        for pause in PAUSES:
            if self.host.silent:
                return self.host.silent
            answer = _answer(session, url)
            if not answer or not answer.passing:
                return answer
            time.sleep(max(pause, answer.wait))
        answer = _answer(session, url)
        if answer and answer.whole:
            self.host.silent = answer  # its other addresses would let us wait as long
        return answer


def _lanes(urls: Iterable[str]) -> Iterator[_Lane]:
    """The addresses by their hosts, those of a large one in several lanes."""
    by_host: dict[str, list[str]] = {}
    for url in urls:
        by_host.setdefault(urlsplit(url).netloc.lower(), []).append(url)
    for own in by_host.values():
        host = _Host()
        for first in range(min(LANES, len(own))):
            yield _Lane(host, own[first::LANES])


def _answer(session: Session, url: str) -> Answer | None:
    try:
        response = _fetch(session, url)
    except RequestException as error:
        return _failure(error, url)
    except UnicodeError:
        return Answer("it is no address", certain=True)
    status = response.status_code
    if status < HTTPStatus.BAD_REQUEST:
        return None
    said = response.headers.get("Retry-After", "")
    return Answer(
        f"its host answers {status} {response.reason or ''}".rstrip(),
        certain=status in GONE,
        passing=status in PASSING,
        whole=status == HTTPStatus.TOO_MANY_REQUESTS,
        wait=min(float(said), LONGEST) if said.isdecimal() else 0,
    )


def _fetch(session: Session, url: str) -> Response:
    """What the host answers; it is asked for the whole page, of which nothing is read, only if it refuses less."""
    response = session.head(url, allow_redirects=True, timeout=PATIENCE)
    if response.status_code >= HTTPStatus.BAD_REQUEST and response.status_code != HTTPStatus.TOO_MANY_REQUESTS:
        response = session.get(url, stream=True, timeout=PATIENCE)
        response.close()
    return response


def _failure(error: RequestException, url: str) -> Answer:
    """What it means that there is no answer at all."""
    if _is_unknown(error):
        return Answer(f"there is no host `{urlsplit(url).hostname}`", certain=True, whole=True)
    match error:
        case exceptions.TooManyRedirects():
            return Answer("it leads round in circles", certain=True)
        case exceptions.InvalidURL():
            return Answer("it is no address", certain=True)
        case exceptions.SSLError():
            return Answer("the certificate of its host is not to be trusted")
        case exceptions.Timeout():
            return Answer("its host gives no answer", passing=True, whole=True)
        case exceptions.ConnectionError():
            return Answer("its host cannot be reached", passing=True, whole=True)
    return Answer(f"asking for it fails: {type(error).__name__}")


def _is_unknown(error: BaseException | None) -> bool:
    """Whether it is for certain that there is no such host, not only that nobody could be asked."""
    while error is not None:
        if isinstance(error, socket.gaierror):
            return error.errno in (socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME))
        reason = getattr(error.args[0], "reason", None) if error.args else None
        error = reason if isinstance(reason, BaseException) else error.__cause__
    return False


def _read(root: Path) -> dict[str, float]:
    """When each address was there last; nothing if that cannot be read."""
    try:
        return {url: float(when) for url, when in json.loads((root / FILE).read_text(encoding="utf-8")).items()}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}


def _write(root: Path, kept: dict[str, float]) -> None:
    with replacing_file(root / FILE) as new:
        new.write_text(json.dumps(kept, indent=0, sort_keys=True), encoding="utf-8")
