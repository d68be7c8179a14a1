"""Where the show is, who moves it, and what is told to whom and kept."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import anyio
import pytest

from greenroom.serve import audience, doors, stage
from greenroom.serve.guard import Role
from greenroom.serve.hub import Client, Hub
from greenroom.serve.stage import AWAY_MS, BEAT_MS, Kept, Marks, Place, Show, Stage, Timer

NOW = 1_800_000_000_000


class Room:
    """A stage whose clock stands, with those who are connected to it."""

    def __init__(self, path: Path, **kept: Any) -> None:
        self.hub = Hub()
        self.clients: list[Client] = []
        self.time = NOW
        self.stage = Stage(self.hub, path, now=lambda: self.time, **kept)
        self.deck = self.join(Role.AUTHOR, "deck")
        self.other = self.join(Role.AUTHOR, "deck")
        self.reader = self.join(Role.READER, "deck")
        self.remote = self.join(Role.REMOTE, "remote", "")
        self.follower = self.join(Role.FOLLOWER, "follower")

    def join(self, role: Role, kind: str, talk: str = "talk") -> Client:
        self.clients.append(self.hub.join(role, talk, kind))
        return self.clients[-1]

    def close(self) -> None:
        for client in self.clients:
            self.hub.leave(client)
            client._send.close()
            client.messages.close()

    def say(self, client: Client, **message: Any) -> None:
        anyio.run(self.stage.handlers[message["type"]], client, message)

    def at(self, client: Client, slide: str, h: int, f: int = -1, **more: Any) -> None:
        about = {"title": slide, "notes": {"html": "said"}}
        self.say(client, type="at", at={"slide": slide, "h": h, "v": 0, "f": f}, about=about, **more)

    @staticmethod
    def told(client: Client) -> list[dict[str, Any]]:
        """What a client was told since this was asked last."""
        found = []
        while client.messages.statistics().current_buffer_used:
            found.append(json.loads(client.messages.receive_nowait()))
        return found


@pytest.fixture
def open_room(tmp_path: Path) -> Iterator[Callable[..., Room]]:
    opened: list[Room] = []

    def open_one(**kept: Any) -> Room:
        opened.append(Room(tmp_path / "kept" / "stage.json", **kept))
        return opened[-1]

    yield open_one
    for each in opened:
        each.close()


@pytest.fixture
def room(open_room: Callable[..., Room]) -> Room:
    return open_room()


def test_followers_are_told_where_the_speaker_is_and_nothing_else(room):
    room.at(room.deck, "two", 1, 0)
    (told,) = room.told(room.follower)
    assert told == {
        "type": "at",
        "at": {"slide": "two", "h": 1, "v": 0, "f": 0, "paused": False, "framework": ""},
    }
    assert room.told(room.reader) == []


def test_remotes_are_told_what_the_speaker_says(room):
    room.at(room.deck, "two", 1)
    told = room.told(room.remote)[-1]
    assert told["open"]
    assert told["about"]["notes"] == {"html": "said"}


def test_who_comes_late_is_told_what_there_is(room):
    room.at(room.deck, "two", 1)
    room.say(
        room.deck, type="marks", change={"slide": "two", "stroke": "a", "color": 1, "size": "9x9", "points": [1, 2]}
    )
    late = room.join(Role.FOLLOWER, "follower")
    room.say(late, type="stage")
    (told,) = room.told(late)
    assert told["at"]["slide"] == "two"
    assert told["marks"] == {"two": {"a": {"color": 1, "size": "9x9", "points": [1, 2]}}}
    assert set(told) == {"type", "at", "marks"}


def test_a_remote_moves_the_deck_that_the_speaker_moved_last(room):
    room.at(room.deck, "one", 0)
    room.at(room.other, "one", 0)
    room.say(room.remote, type="press", what="next")
    assert room.told(room.other) == [{"type": "press", "what": "next"}]
    assert room.told(room.deck) == []
    room.hub.leave(room.other)
    room.say(room.remote, type="press", what="prev")
    assert room.told(room.deck) == [{"type": "press", "what": "prev"}]


def test_a_deck_that_was_only_opened_takes_the_lead_from_none(room):
    room.at(room.deck, "two", 1)
    room.at(room.other, "one", 0, first=True)
    assert room.stage.shows["talk"].place == Place("two", 1, 0, -1)
    room.hub.leave(room.deck)
    room.at(room.other, "one", 0, first=True)
    assert room.stage.shows["talk"].place == Place("one", 0, 0, -1)


@pytest.mark.parametrize("name", ["follower", "reader", "remote"])
def test_nobody_else_says_where_the_speaker_is_or_draws(room, name):
    client = getattr(room, name)
    room.at(client, "two", 1)
    room.say(client, type="marks", change={"pointer": [1, 2]})
    room.say(client, type="timer", spent=5, since=None)
    assert room.stage.shows == {}
    assert room.told(room.follower) == []


@pytest.mark.parametrize("name", ["follower", "reader"])
def test_nobody_else_moves_the_deck(room, name):
    room.at(room.deck, "two", 1)
    client = getattr(room, name)
    for what in ("next", "prev", "pause"):
        room.say(client, type="press", what=what)
    room.say(client, type="clock", what="run")
    assert room.told(room.deck) == []
    assert room.stage.shows["talk"].timer == Timer()


def test_what_a_remote_may_press_is_known(room):
    room.at(room.deck, "two", 1)
    room.say(room.remote, type="press", what="run")
    assert room.told(room.deck) == []


@pytest.mark.parametrize(
    "given",
    [None, [], "x", {}, {"slide": "a"}, {"slide": 1, "h": 0, "v": 0, "f": 0}, {"slide": "a", "h": 1e9, "v": 0, "f": 0}],
)
def test_what_is_no_place_is_passed_over(room, given):
    room.say(room.deck, type="at", at=given)
    assert room.stage.shows == {}


def test_the_clock_starts_with_the_first_move_where_a_remote_shows_it(room):
    room.at(room.deck, "one", 0, first=True)
    assert room.stage.shows["talk"].timer == Timer()
    room.at(room.deck, "two", 1)
    assert room.stage.shows["talk"].timer == Timer(0, NOW)
    room.time += 5000
    room.say(room.remote, type="clock", what="stop")
    assert room.stage.shows["talk"].timer == Timer(5000)
    assert {"type": "timer", "spent": 5000, "since": None} in room.told(room.deck)
    assert room.told(room.remote)[-1]["timer"] == {"elapsed": 5000, "runs": False}
    room.say(room.remote, type="clock", what="reset")
    assert room.stage.shows["talk"].timer == Timer()


def test_the_clock_of_the_speakers_window_is_the_remotes_too(room):
    room.at(room.deck, "one", 0)
    room.say(room.deck, type="timer", spent=1000, since=NOW - 500)
    assert room.told(room.remote)[-1]["timer"] == {"elapsed": 1500, "runs": True}


def test_without_a_deck_the_remote_is_told_so(room):
    room.at(room.deck, "one", 0)
    room.hub.leave(room.deck)
    room.say(room.remote, type="stage")
    assert room.told(room.remote)[-1]["open"] is False


# --- a crash ----------------------------------------------------------------------------------------------------------


def test_a_server_that_is_started_again_knows_where_the_show_was(room, open_room):
    room.at(room.deck, "two", 1, 0)
    room.say(room.deck, type="timer", spent=0, since=NOW)
    room.stage.write()
    kept = stage.read(room.stage.path, NOW + 60_000)
    again = open_room(shows=dict(kept.shows))
    again.time = NOW + 60_000
    again.say(again.deck, type="stage")
    told = again.told(again.deck)[-1]
    assert told["at"]["slide"] == "two"
    assert told["timer"] == {"spent": 0, "since": NOW}


def test_a_show_that_is_long_over_begins_anew(room):
    room.at(room.deck, "two", 1)
    room.stage.write()
    assert stage.read(room.stage.path, NOW + AWAY_MS) == Kept()
    room.time += AWAY_MS
    room.say(room.other, type="stage")
    assert room.told(room.other)[-1]["at"] is None


def test_a_show_that_goes_on_without_news_is_not_over(room):
    room.at(room.deck, "two", 1)
    room.stage.write()
    room.time += 5 * AWAY_MS
    room.stage.write()
    assert stage.read(room.stage.path, room.time).shows["talk"].seen == room.time


def test_nothing_is_written_while_nothing_happens(room):
    room.stage.write()
    assert not room.stage.path.exists()
    room.at(room.deck, "two", 1)
    room.stage.write()
    before = room.stage.path.stat().st_mtime_ns
    room.time += BEAT_MS - 1
    room.stage.write()
    assert room.stage.path.stat().st_mtime_ns == before


@pytest.mark.parametrize(
    "text", ["", "x", "[]", "{}", '{"shows": 1, "secrets": {}}', '{"shows": {"a": {}}, "secrets": {}}']
)
def test_what_was_half_written_is_nothing(tmp_path, text):
    (tmp_path / "stage.json").write_text(text)
    assert stage.read(tmp_path / "stage.json") == Kept()


def test_secrets_outlive_the_server_as_long_as_the_show_and_are_read_by_the_author_alone(open_room):
    known = doors.secrets_for({}, follow=True, remote=True)
    room = open_room(secrets=known)
    room.at(room.deck, "two", 1)
    room.stage.write()
    assert stat.S_IMODE(room.stage.path.stat().st_mode) == 0o600
    kept = stage.read(room.stage.path, NOW)
    assert doors.secrets_for(kept.secrets, follow=True, remote=True) == known
    assert doors.secrets_for(kept.secrets, follow=False, remote=False) == {**known, "follow": "", "remote": ""}
    assert stage.read(room.stage.path, NOW + AWAY_MS).secrets == {}


def test_what_is_kept_comes_back_as_it_was():
    show = Show(Place("é", 3, 1, 0, True, "tf2"), Timer(5, NOW), NOW)
    kept = Kept({"talk": show, "other": replace(show, place=None)}, {"token": "x"})
    assert stage.from_json(stage.to_json(kept), NOW) == kept


# --- marks ------------------------------------------------------------------------------------------------------------


def test_strokes_grow_and_are_erased():
    marks = Marks()
    for points in ([1, 2], [3, 4]):
        marks.take({"slide": "a", "stroke": "s", "color": 0, "size": "1x1", "points": points})
    assert marks.strokes["a"]["s"]["points"] == [1, 2, 3, 4]
    marks.take({"slide": "a", "gone": ["s", "unknown"]})
    assert marks.strokes == {}


def test_no_drawing_fills_the_memory(monkeypatch):
    monkeypatch.setattr(stage, "MOST_MARKS", 100)
    marks = Marks()
    for number in range(100):
        marks.take({"slide": "a", "stroke": str(number), "points": [1, 2]})
    assert len(marks.strokes["a"]) < 20


# --- what followers see -----------------------------------------------------------------------------------------------

NOTED = """\
<section id="a" data-notes="SAID &quot;so&quot;">
<h2>Seen</h2><p class="fragment" data-notes='SAID'>Seen too</p>
<pre><code>a &lt; b and "c"</code></pre><math display="block"><mi>x</mi></math>
<aside class="notes">SAID<div class="step-note" data-step="2">SAID</div></aside>
<ASIDE CLASS=notes>SAID</ASIDE><!-- SAID -->
<a class="read" href="../../lessons/a/">SAID</a>
</section>"""


def test_followers_get_the_slide_without_notes():
    seen = audience.without_notes(NOTED)
    assert "SAID" not in seen
    for kept in ('<section id="a">', "<h2>Seen</h2>", "Seen too", '<code>a &lt; b and "c"</code>', "<mi>x</mi>"):
        assert kept in seen
    plain = "<section><p>As &amp; it is</p></section>"
    assert audience.without_notes(plain) == plain


def test_an_edit_reaches_followers_without_notes_and_others_as_it_is(room):
    room.hub.tell({"type": "slides", "slides": {"a": NOTED}, "order": None, "files": [], "version": 2})
    assert "SAID" not in room.told(room.follower)[0]["slides"]["a"]
    assert room.told(room.reader)[0]["slides"]["a"] == NOTED


@pytest.mark.parametrize("kind", ["problems", "run", "stale", "open", "anything"])
def test_followers_are_told_nothing_that_is_the_authors(room, kind):
    room.hub.tell({"type": kind, "text": "SAID"})
    assert room.told(room.follower) == []
    assert len(room.told(room.deck)) == 1


def test_codes_lead_to_their_doors():
    known = doors.secrets_for({}, follow=True, remote=True)
    found = doors.codes("http://192.168.1.5:8000/", known)
    assert [code["address"] for code in found] == [
        f"http://192.168.1.5:8000/follow/{known['follow']}/",
        f"http://192.168.1.5:8000/remote/{known['remote']}/",
    ]
    assert all(code["picture"].startswith("<svg") for code in found)
    told = doors.lines(found)
    assert all(any(line.endswith(code["address"]) for line in told) for code in found)
    assert doors.codes("http://127.0.0.1:8000/", doors.secrets_for({}, follow=False, remote=False)) == ()
