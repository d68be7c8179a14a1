"""Who may have what from the server: hosts, origins, secrets, roles. It is told what a request says, and does no I/O.

A page from elsewhere can make the author's browser send requests here. Such a request has a foreign `Origin`, or, where
a name was made to lead to this machine (DNS rebinding), a foreign `Host`; both are refused before anything is looked
at. Whoever runs code or moves the talk must also show the session's token, which other users of the machine lack.
Those in the room, and the phone in the speaker's hand, have secrets of their own, which are in the paths they ask for:
so they hold in any browser, whatever else it was shown, and let their bearers do nothing else.

The token is in the address that the author opens, and then in the page's own storage, which browsers keep apart by
port. It is never in a cookie: browsers would send that to any other port of the machine, too. The cookie that is set
where the server can be reached from other machines only lets its bearer look.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from urllib.parse import urlsplit

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
ANYWHERE = frozenset({"0.0.0.0", "::"})  # noqa: S104, names for what the author may ask for


class Role(IntEnum):
    """What somebody may do; each may do what those before may."""

    NOBODY = 0
    FOLLOWER = 1
    """See the slides without notes, and be told where the speaker is."""
    READER = 2
    """See all there is."""
    REMOTE = 3
    """Move the talk."""
    AUTHOR = 4
    """Run code."""


def _secret() -> str:
    return secrets.token_urlsafe(24)


@dataclass(frozen=True, slots=True)
class Guard:
    """The rules of one session.

    Attributes:
        host: The address that the server listens at.
        port: The port.
        names: The names by which other machines may ask for it, in addition to `host`.
        token: Makes its bearer the author.
        look: Makes its bearer a reader: what the cookie holds.
        follow: Makes its bearer a follower, in paths below `/follow/`; "" if nobody is to follow.
        remote: Makes its bearer a remote, in paths below `/remote/`; "" if there is to be none.
    """

    host: str
    port: int
    names: frozenset[str] = frozenset()
    token: str = field(default_factory=_secret, repr=False)
    look: str = field(default_factory=_secret, repr=False)
    follow: str = field(default="", repr=False)
    remote: str = field(default="", repr=False)

    @property
    def is_local(self) -> bool:
        """Whether only this machine can reach the server."""
        return self.host in LOOPBACK

    @property
    def cookie(self) -> str:
        """The name of the cookie, which has the port in it, since cookies know none."""
        return f"greenroom-{self.port}"

    def knows_host(self, host: str | None) -> bool:
        """Whether a request's `Host` is one of ours."""
        return host is not None and self._is_ours(f"http://{host}")

    def knows_origin(self, origin: str | None) -> bool:
        """Whether a request's `Origin` is a page of ours; browsers send one with each WebSocket."""
        return origin is not None and self._is_ours(origin)

    def knows_way(self, headers: Mapping[str, str]) -> bool:
        """Whether a page of ours asks, or a person: browsers say so. Pages from elsewhere may only lead to ours.

        Args:
            headers: The request's, by their names in small letters. What is no browser does not say.
        """
        leads = (headers.get("sec-fetch-mode"), headers.get("sec-fetch-dest")) == ("navigate", "document")
        return leads or headers.get("sec-fetch-site", "none") in ("same-origin", "none")

    def _is_ours(self, address: str) -> bool:
        try:
            parts = urlsplit(address)
            port = parts.port or 80
        except ValueError:
            return False
        names = LOOPBACK | self.names | ({self.host} - ANYWHERE)
        return parts.scheme == "http" and parts.hostname in names and port == self.port and "@" not in parts.netloc

    def role(self, secret: str) -> Role:
        """What the bearer of a secret may do: of the token, of what the address or the cookie has, or of none."""
        for known, role in ((self.token, Role.AUTHOR), (self.look, Role.READER)):
            if known and secrets.compare_digest(secret.encode(), known.encode()):
                return role
        return Role.READER if self.is_local else Role.NOBODY

    def behind(self, path: str) -> Role | None:
        """What the secret in a path lets its bearer do; None for the path of something that is behind none."""
        _, place, secret, *_ = [*path.split("/", 3), "", ""]
        known = {"follow": (self.follow, Role.FOLLOWER), "remote": (self.remote, Role.REMOTE)}.get(place)
        if known is None:
            return None
        return known[1] if known[0] and secrets.compare_digest(secret.encode(), known[0].encode()) else Role.NOBODY

    def reader(self, address_secret: str, cookies: Mapping[str, str]) -> tuple[Role, str]:
        """What whoever asks for a page may see, and the cookie to set so that the page's own files can be had.

        Args:
            address_secret: The `token` of the address, or "".
            cookies: The request's cookies.
        """
        role = self.role(address_secret)
        if role is Role.AUTHOR:
            return Role.READER, self.look
        if address_secret and secrets.compare_digest(address_secret.encode(), self.look.encode()):
            return role, address_secret
        return min(self.role(cookies.get(self.cookie, "")), Role.READER), ""
