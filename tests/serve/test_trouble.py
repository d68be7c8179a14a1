"""The server goes on, whatever happens: what it cannot do is told in a line, and the talk is still there."""

from __future__ import annotations

import logging
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from pathlib import Path

import anyio
import pytest

from greenroom import build
from greenroom.serve.live import Live
from greenroom.serve.trouble import lasting, surviving, telling, told

FILES = {
    "slides/talk.md": '# A talk\n\n---\n<!-- .slide: id="sum" -->\n```python snippet="sums:total"\n```\n',
    "snippets/sums/python.py": "# %% total\nsum([1, 2, 3])\n",
}


@pytest.fixture(scope="module")
def root(project: Callable[..., Path]) -> Path:
    return project(dict(FILES))


def fetched(url: str) -> str:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.read().decode()


# --- pieces ---------------------------------------------------------------------------------------------------------


def fails() -> None:
    raise KeyError("a\nb")


def test_what_went_wrong_is_a_line_that_says_where():
    with pytest.raises(KeyError) as raised:
        fails()
    line = told(raised.value)
    assert line.startswith("something went wrong, and greenroom goes on: KeyError: 'a\\nb' (test_trouble.py, line ")
    assert told(ExceptionGroup("many", [ExceptionGroup("more", [raised.value])])) == line
    assert told(ValueError()).endswith("goes on: ValueError")


def test_what_fails_is_begun_anew_and_told_once(monkeypatch):
    monkeypatch.setattr("greenroom.serve.trouble.AGAIN_SECONDS", 0.01)
    said: list[str] = []
    tries = []

    async def task() -> None:
        tries.append(1)
        if len(tries) < 4:
            raise OSError(28, "No space left on device")

    with telling(said.append):
        anyio.run(lasting, task)
        with surviving():
            fails()
        logging.getLogger("asyncio").error("socket.accept() out of\nsystem resource")
        logging.getLogger("uvicorn.error").info("nothing")
    assert len(tries) == 4
    assert [line.partition("goes on: ")[2][:10] or line for line in said] == [
        "OSError: [",
        "KeyError: ",
        "socket.accept() out of system resource",
    ]


def test_a_folder_that_goes_while_it_is_read_is_looked_for_again(root, monkeypatch):
    live = Live(root)
    load = build.load
    gone = iter([FileNotFoundError(2, "gone"), NotADirectoryError(20, "gone")])

    def loaded(*arguments: object) -> build.Project:
        for error in gone:
            raise error
        return load(*arguments)

    monkeypatch.setattr(build, "load", loaded)
    assert live.update() == {}


# --- the whole ------------------------------------------------------------------------------------------------------


def test_a_reader_that_has_enough_does_not_end_it(root):
    words = [sys.executable, "-c", "from greenroom.cli import main; main()", "present", "--no-open", "--port", "0"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    talk = root / "slides" / "talk.md"
    with subprocess.Popen(words, cwd=root, text=True, **pipes) as server:
        assert server.stdout
        address = server.stdout.readline().split()[1]
        server.stdout.close()
        for title in ("# Another talk", "# A talk"):
            talk.write_text(FILES["slides/talk.md"].replace("# A talk", title))
            while title[2:] not in fetched(address):
                pass
        server.send_signal(signal.SIGINT)
        assert server.wait(10) == 0
        assert server.stderr
        assert not server.stderr.read()


BROKEN = """
from greenroom.serve import live, place, reruns, session, stage, watch
failed = set()
def once(owner, name):
    whole = getattr(owner, name)
    def broken(*arguments, **named):
        if (owner, name) not in failed:
            failed.add((owner, name))
            raise RuntimeError(f"{name} is broken")
        return whole(*arguments, **named)
    setattr(owner, name, broken)
once(watch, "awatch")
once(session.Session, "_tell_state")
once(reruns.Reruns, "traced")
once(session.Pages, "serve")
once(stage.Stage, "write")
once(stage, "place")
once(reruns.Engine, "follow")
"""


def test_mistakes_of_ours_are_told_in_a_line_each_and_end_nothing(root, present):
    command = present(root, "--port", "0", trouble=BROKEN)
    assert "RuntimeError" in command.until("awatch is broken")
    with command.page() as page:
        page.send(type="at", at={"slide": "sum", "h": 1, "v": 0, "f": -1})
        command.until("place is broken")
        command.save("slides/talk.md", FILES["slides/talk.md"] + "\nMore.\n")
        assert page.next("slides")["slides"]
        page.send(type="stage")
        assert page.next("stage")
        # A module whose run fails is not run for ever; another state of it is.
        command.save("snippets/sums/python.py", "# %% total\nsum([1, 2, 3, 4])\n")
        command.until("follow is broken")
        command.save("snippets/sums/python.py", "# %% total\nsum([1, 2, 3, 5])\n")
        command.until("ran again")
    command.save("snippets/sums/python.py", FILES["snippets/sums/python.py"])
    command.save("slides/talk.md", FILES["slides/talk.md"])
    said = "".join([*command.said, *command.lines.queue])
    for name in ("_tell_state", "traced", "serve", "write"):
        assert said.count(f"{name} is broken") == 1, said


def test_a_project_that_is_gone_for_a_while_does_not_end_it(project, present, tmp_path):
    root = project(dict(FILES))
    command = present(root, "--port", "0")
    root.rename(tmp_path / "aside")
    command.until("error[")
    assert "A talk" in fetched(command.deck)
    shutil.copytree(tmp_path / "aside", root)
    command.until("no errors any more")
    command.save("slides/talk.md", "# Back\n")
    command.until("all slides")
    assert "Back" in fetched(command.deck)


EARLY = """
import os, signal
from greenroom import serve
capture = serve._Uvicorn.capture_signals
def early(server):
    os.kill(os.getpid(), signal.SIGINT)
    return capture(server)
serve._Uvicorn.capture_signals = early
"""


def test_ctrl_c_before_the_server_has_begun_ends_it_without_a_word(project, present):
    command = present(project(dict(FILES)), "--port", "0", trouble=EARLY)
    assert command.process.wait(10) == 0
    assert [line for line in command.lines.queue if "Traceback" in line] == []


FULL = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))"


def test_a_disk_that_is_full_does_not_end_it(project, present):
    root = project(dict(FILES))
    command = present(root, "--port", "0", trouble=FULL)
    with command.page() as page:
        page.send(type="at", at={"slide": "sum", "h": 1, "v": 0, "f": -1})
        page.run("1", "sum")
        assert page.until("done", "failed", "late")[-1]["event"] == "failed"
        command.save("snippets/sums/python.py", "# %% total\nsum([1, 2, 3, 4])\n")
        assert "error[run-refused]" in command.until("error[run")
        page.send(type="stage")
        assert page.next("stage")
    assert "A talk" in fetched(command.deck)


def test_a_page_that_goes_before_it_has_said_who_it_is_is_no_mistake(present, root):
    command = present(root, "--port", "0")
    head = (
        f"GET /_greenroom/live HTTP/1.1\r\nHost: 127.0.0.1:{command.port}\r\nOrigin: {command.base}\r\n"
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    ).encode()
    for waits in (False, True) * 5:
        with socket.create_connection(("127.0.0.1", command.port)) as wire:
            wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # it ends without a word
            wire.sendall(head)
            if waits:
                wire.recv(1000)
    assert "A talk" in fetched(command.deck)
    with command.page() as page:
        page.send(type="stage")
        assert page.next("stage")
