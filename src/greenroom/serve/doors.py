"""The addresses of those in the room and of the speaker's phone, and the codes that spare typing them."""

from __future__ import annotations

import io
import secrets
from collections.abc import Iterable, Mapping

import segno

LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Those that nobody takes for another."""

FOLLOW_LENGTH = 10
"""Of a secret that can be typed, and be guessed by nobody: 50 bits, which lets only look at slides."""

Code = Mapping[str, str]


def secrets_for(kept: Mapping[str, str], *, follow: bool, remote: bool) -> dict[str, str]:
    """A session's secrets, as the guard has them: those that were kept, so that open pages stay what they are, or new
    ones; for followers and the remote only where they are wished for.
    """
    typed = "".join(secrets.choice(LETTERS) for _ in range(FOLLOW_LENGTH))
    return {
        **{name: kept.get(name) or secrets.token_urlsafe(24) for name in ("token", "look")},
        "follow": (kept.get("follow") or typed) if follow else "",
        "remote": (kept.get("remote") or secrets.token_urlsafe(16)) if remote else "",
    }


def codes(base: str, known: Mapping[str, str]) -> tuple[Code, ...]:
    """What lets others in: the kind of the door, its address, and that as a picture for the deck.

    Args:
        base: The server's address as others have it, with `/` at its end.
        known: The secrets, as `secrets_for` gives them.
    """
    places = {"followers": ("follow", known["follow"]), "remote": ("remote", known["remote"])}
    return tuple(
        {"name": name, "address": f"{base}{place}/{secret}/", "picture": _picture(f"{base}{place}/{secret}/")}
        for name, (place, secret) in places.items()
        if secret
    )


def lines(found: Iterable[Code]) -> list[str]:
    """What the terminal says of them."""
    words = {"followers": "follow", "remote": "remote"}
    told = []
    for code in found:
        drawn = io.StringIO()
        segno.make(code["address"], error="l").terminal(drawn, border=2, compact=True)
        told.append(f"{words[code['name']]}  {code['address']}")
        told += [f"\x1b[97;40m{line}\x1b[0m" for line in drawn.getvalue().rstrip("\n").split("\n")]
    return told


def _picture(address: str) -> str:
    return str(segno.make(address, error="m").svg_inline(scale=1, border=3, omitsize=True, light="#fff"))
