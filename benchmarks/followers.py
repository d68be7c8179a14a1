"""How quickly a room follows: the time from a step of the speaker's deck until each follower has been told of it.

A real `greenroom present --follow-along` serves a project; the followers are WebSocket clients in a process of their
own, which connect as phones do. The speaker's deck is one more client. Ends with status 1 if the 99th percentile is
late.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.request import urlopen

from websockets.asyncio.client import ClientConnection, connect

LATEST_MS = 250
CLOCK = time.perf_counter_ns  # of the machine: the same for all its processes


def main() -> None:
    """Measure, and say what was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--followers", type=int, default=200)
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--wait", type=float, default=0.2, help="seconds between two steps")
    parser.add_argument("--as-followers", metavar="ADDRESS", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.as_followers:
        asyncio.run(_follow(given.as_followers, given.followers, given.steps))
        return
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        _write(root)
        port = str(20_000 + os.getpid() % 20_000)
        program = str(Path(sys.executable).with_name("greenroom"))
        command = [program, "present", "--no-open", "--follow-along", "--port", port]
        server = subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True)
        try:
            deck, room = _addresses(server)
            delays = asyncio.run(_present(deck, room, given.followers, given.steps, given.wait))
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(10)
    expected = given.followers * given.steps
    late = statistics.quantiles(delays, n=100)[98] if len(delays) == expected else float("inf")
    print(f"{given.followers} followers, {given.steps} steps: {len(delays)} of {expected} messages came")
    print(f"median {statistics.median(delays):.1f} ms, 99th percentile {late:.1f} ms, latest {max(delays):.1f} ms")
    sys.exit(late > LATEST_MS)


def _write(root: Path) -> None:
    for name, text in {
        "mkdocs.yml": "site_name: A\nplugins: [greenroom]\n",
        "docs/index.md": "# A\n",
        "slides/talk.md": "---\ntitle: A\n---\n" + "\n---\n".join(f"# Slide {n}\n\nNote: Say {n}." for n in range(80)),
    }.items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(text, "utf-8")


def _addresses(server: subprocess.Popen[str]) -> tuple[str, str]:
    """Those of the deck and of the room, as the terminal is told."""
    told = ""
    while "follow  " not in told:
        line = server.stdout.readline() if server.stdout else ""
        if not line:
            sys.exit(f"the server ended:\n{told}")
        told += line
    return re.findall(r"deck  (\S+)", told)[0], re.findall(r"follow  (\S+)", told)[0]


async def _join(page: str, live: str, **hello: object) -> ClientConnection:
    """Connect as the page at an address does."""
    html = await asyncio.to_thread(lambda: urlopen(page).read().decode())  # noqa: S310, our own server
    facts = json.loads(re.findall(r'id="greenroom-live">(.*?)</script>', html)[0])
    scheme, rest = page.split("://")
    host = rest.split("/")[0]
    socket = await connect(f"ws://{host}{live}", origin=f"{scheme}://{host}", proxy=None)
    await socket.send(json.dumps({**facts, **hello}))
    await socket.send('{"type":"stage"}')
    while json.loads(await socket.recv())["type"] != "stage":
        pass
    return socket


async def _present(deck: str, room: str, followers: int, steps: int, wait: float) -> list[float]:
    """Be the speaker; the delays, in milliseconds, that the followers found."""
    speaker = await _join(deck, "/_greenroom/live", token=deck.partition("token=")[2])
    command = [sys.executable, __file__, "--as-followers", room, "--followers", str(followers), "--steps", str(steps)]
    audience = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE, limit=2**24)
    assert audience.stdout
    assert await audience.stdout.readline() == b"ready\n"
    for step in range(steps):
        # When it was sent travels as the framework's name, which the server hands on as it is.
        at = {"slide": f"slide-{step}", "h": step, "v": 0, "f": -1, "framework": str(CLOCK())}
        await speaker.send(json.dumps({"type": "at", "at": at, "about": {}}))
        await asyncio.sleep(wait)
    delays = list(json.loads(await audience.stdout.readline()))
    await audience.wait()
    return delays


async def _follow(room: str, followers: int, steps: int) -> None:
    """Be the room."""
    page = await asyncio.to_thread(lambda: urlopen(room).geturl())  # noqa: S310, our own server
    live = "/" + "/".join(page.split("/")[3:5]) + "/live"
    sockets = [await _join(page, live) for _ in range(followers)]
    print("ready", flush=True)
    delays: list[float] = []

    async def listen(socket: ClientConnection) -> None:
        for _ in range(steps):
            message = json.loads(await socket.recv())
            delays.append((CLOCK() - int(message["at"]["framework"])) / 1e6)

    await asyncio.wait_for(asyncio.gather(*map(listen, sockets)), 120)
    print(json.dumps(delays), flush=True)


if __name__ == "__main__":
    main()
