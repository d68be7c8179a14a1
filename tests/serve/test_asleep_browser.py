"""Connections that end without a word, and a server that sleeps: pages notice, and show what there is afterwards."""

from __future__ import annotations

import re
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from playwright.sync_api import TimeoutError as NotInTimeError

from greenroom.serve import address

TALK = '---\ntitle: A\n---\n<!-- .slide: id="one" -->\n# One\n\n---\n<!-- .slide: id="two" -->\n## Two\n\nthe end\n'

# So that nobody has to wait: what takes seconds takes a fifth of them.
QUICK = """
for (const name of ["setTimeout", "setInterval"]) {
  const whole = window[name];
  window[name] = (task, ms, ...more) => whole(task, ms >= 1000 ? ms / 5 : ms, ...more);
}
"""
LOST = re.compile("disconnected")


class Network:
    """What stands between a page and its server, on a port of its own, and can keep all to itself."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self._pairs: dict[socket.socket, socket.socket] = {}
        self._over: set[socket.socket] = set()
        self._dead: set[socket.socket] = set()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listening.accept()
                far = socket.create_connection(("127.0.0.1", self._port))
                self._pairs[near] = far
                # What the page asks for is the server's own, whatever it is called here: both names are as long.
                names = [f"127.0.0.1:{port}".encode() for port in (self.port, self._port)]
                threading.Thread(target=self._pass, args=(near, near, far, *names), daemon=True).start()
                threading.Thread(target=self._pass, args=(near, far, near), daemon=True).start()

    def _pass(
        self, near: socket.socket, source: socket.socket, to: socket.socket, old: bytes = b"", new: bytes = b""
    ) -> None:
        with suppress(OSError):
            while piece := source.recv(65_536):
                if source in self._dead:
                    return
                to.sendall(piece.replace(old, new) if old else piece)
        if source not in self._dead:
            self._over.add(near)
            for end in (source, to):
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)

    def lose(self) -> None:
        """Let nothing more through the page's connection, and say so to nobody; what comes after that is as ever."""
        while len(self._pairs.keys() - self._over) > 1:  # by which files were asked for; the server ends them soon
            time.sleep(0.05)
        for near in self._pairs.keys() - self._over:
            self._over.add(near)
            self._dead.update((near, self._pairs[near]))

    def end(self) -> None:
        self._listening.close()
        for each in (*self._pairs, *self._pairs.values()):
            each.close()


@pytest.fixture(scope="module")
def command(project: Callable[..., Path], present):
    started = present(project({"slides/talk.md": TALK}), "--port", "0", "--remote")
    started.until("remote")
    return started


@pytest.fixture(scope="module")
def network(command) -> Iterator[Network]:
    made = Network(command.port)
    yield made
    made.end()


@pytest.fixture(scope="module")
def page(chromium: Browser, command, network: Network) -> Iterator[Page]:
    context = chromium.new_context()
    page = context.new_page()
    page.add_init_script(QUICK)
    page.goto(command.deck.replace(str(command.port), str(network.port)))
    page.wait_for_function("window.Reveal && Reveal.isReady()")
    yield page
    context.close()


@pytest.fixture
def remote(chromium: Browser, command) -> Iterator[Page]:
    context = chromium.new_context()
    page = context.new_page()
    page.goto(next(line.split()[1] for line in command.said if line.startswith("remote")))
    expect(page.locator("#next")).to_be_enabled()
    yield page
    context.close()


def moves(remote: Page, page: Page, what: str, slide: str) -> None:
    """The phone moves the page, once that has come back."""
    for _ in range(20):
        remote.click(f"#{what}")
        with suppress(NotInTimeError):
            return page.wait_for_function(f"location.hash === '#/{slide}'", timeout=1000)
    raise AssertionError(slide)


def test_a_connection_that_is_lost_without_a_word_is_made_anew(page, remote, command, network):
    expect(page.locator("html")).not_to_have_class(LOST)
    moves(remote, page, "next", "two")
    network.lose()
    command.save("slides/talk.md", TALK.replace("the end", "the very end"))
    expect(page.locator("#two")).to_contain_text("the very end", timeout=20_000)
    # The server took the old connection for a good one all the time; the phone moves the page all the same.
    expect(page.locator("html")).not_to_have_class(LOST)
    moves(remote, page, "prev", "one")
    command.save("slides/talk.md", TALK)
    expect(page.locator("#two")).not_to_contain_text("very")


def test_a_server_that_sleeps_is_missed_and_found_again(page, remote, command):
    expect(page.locator("html")).not_to_have_class(LOST)
    command.process.send_signal(signal.SIGSTOP)
    try:
        expect(page.locator("html")).to_have_class(LOST, timeout=20_000)
        command.save("slides/talk.md", TALK.replace("the end", "at dawn"))
    finally:
        command.process.send_signal(signal.SIGCONT)
    expect(page.locator("#two")).to_contain_text("at dawn", timeout=20_000)
    expect(page.locator("html")).not_to_have_class(LOST)
    moves(remote, page, "next", "two")


def test_a_page_asks_as_soon_as_somebody_looks_at_it(page, command, network):
    page.add_init_script("window.setInterval = () => 0;")
    page.reload()
    page.wait_for_function("window.Reveal && Reveal.isReady()")
    network.lose()
    command.save("slides/talk.md", TALK.replace("the end", "another end"))
    page.evaluate("dispatchEvent(new Event('focus'))")
    expect(page.locator("#two")).to_contain_text("another end", timeout=20_000)


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="other systems have a time of their own")
def test_what_is_sent_to_a_machine_that_is_gone_is_not_kept_for_ever():
    with address.listen("127.0.0.1", 0) as listening, socket.create_connection(listening.getsockname()) as wire:
        taken, _ = listening.accept()
        kept = taken.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT)
        taken.close()
        assert wire
    assert kept == address.LOST_SECONDS * 1000
