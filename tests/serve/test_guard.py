"""Who may have what: hosts, origins, secrets."""

import pytest

from greenroom.serve.guard import Guard, Role

LOCAL = Guard("127.0.0.1", 8000)
OPEN = Guard("0.0.0.0", 8000, names=frozenset({"192.168.1.5", "laptop.local"}))


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:8000", "[::1]:8000", "LOCALHOST:8000"])
def test_loopback_is_asked_for_by_its_names(host):
    assert LOCAL.knows_host(host)
    assert LOCAL.knows_origin(f"http://{host}")


@pytest.mark.parametrize(
    "host",
    [
        None,
        "",
        "evil.example",
        "evil.example:8000",
        "127.0.0.1",
        "127.0.0.1:8001",
        "127.0.0.1.evil.example:8000",
        "localhost.:8000x",
        "evil@127.0.0.1:8000",
        "192.168.1.5:8000",
        "0.0.0.0:8000",
        "[::1:8000",
    ],
)
def test_a_name_that_is_not_ours_is_refused(host):
    assert not LOCAL.knows_host(host)


@pytest.mark.parametrize(
    "origin",
    [None, "null", "http://evil.example:8000", "https://127.0.0.1:8000", "http://127.0.0.1:8001", "file://", "http://"],
)
def test_a_page_from_elsewhere_is_refused(origin):
    assert not LOCAL.knows_origin(origin)


@pytest.mark.parametrize("host", ["192.168.1.5:8000", "laptop.local:8000", "127.0.0.1:8000"])
def test_an_open_server_is_asked_for_by_the_names_it_says(host):
    assert OPEN.knows_host(host)
    assert not OPEN.knows_host(host.replace("8000", "80"))


def test_only_the_token_makes_an_author():
    assert LOCAL.role(LOCAL.token) is Role.AUTHOR
    assert LOCAL.role(LOCAL.look) is Role.READER
    assert LOCAL.role("") is Role.READER
    assert LOCAL.role(LOCAL.token[:-1]) is Role.READER
    assert LOCAL.role("tökén") is Role.READER


def test_who_shows_nothing_sees_nothing_of_an_open_server():
    assert OPEN.role("") is Role.NOBODY
    assert OPEN.role(OPEN.look) is Role.READER
    assert OPEN.role(OPEN.token) is Role.AUTHOR


def test_the_cookie_never_holds_the_token():
    role, cookie = OPEN.reader(OPEN.token, {})
    assert role is Role.READER
    assert cookie == OPEN.look != OPEN.token
    assert OPEN.reader("", {OPEN.cookie: cookie}) == (Role.READER, "")


def test_the_token_in_a_cookie_makes_no_author():
    assert OPEN.reader("", {OPEN.cookie: OPEN.token})[0] <= Role.READER


def test_secrets_in_paths_are_for_those_paths_alone():
    guard = Guard("0.0.0.0", 8000, follow="come along", remote="next please")
    assert guard.behind("/follow/come along/talk/") is Role.FOLLOWER
    assert guard.behind("/remote/next please/live") is Role.REMOTE
    for path in ("/follow/next please/", "/remote/come along/", "/follow/", "/follow", "/remote//x", "/follow/é/"):
        assert guard.behind(path) is Role.NOBODY
    for path in ("/", "/slides/talk/", "/_greenroom/live", "/followers/come along/"):
        assert guard.behind(path) is None
    for secret in ("come along", "next please"):
        assert guard.reader(secret, {guard.cookie: secret}) == (Role.NOBODY, "")
        assert guard.role(secret) is Role.NOBODY


def test_nobody_follows_unless_that_is_wished():
    for path in ("/follow//", "/follow/x/", "/remote//", "/remote/x/"):
        assert LOCAL.behind(path) is Role.NOBODY


def test_secrets_are_new_for_each_session_and_are_not_printed():
    assert Guard("127.0.0.1", 8000).token != LOCAL.token
    assert LOCAL.token not in repr(LOCAL)
    assert LOCAL.look not in repr(LOCAL)
