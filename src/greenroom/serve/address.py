"""Where the server listens, and by which addresses it is found."""

from __future__ import annotations

import errno
import os
import socket
from contextlib import suppress

from greenroom.serve.guard import ANYWHERE, LOOPBACK


class AddressError(ValueError):
    """It cannot be listened there; says why."""


LOST_SECONDS = 30
"""How long a machine may say nothing to what it is sent, before it counts as gone."""

TRIED = 100
"""How many ports are tried, from the first on."""


def listen(host: str, first: int) -> socket.socket:
    """A socket that listens at the first free port from `first` on.

    Raises:
        AddressError: It cannot listen there; says why.
    """
    try:
        family, _, _, _, (address, *_) = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)[0]
    except (OSError, UnicodeError) as error:
        raise AddressError(f"`{host}` is not the name or address of a machine") from error
    for port in [*range(first, min(first + TRIED, 65_536)), 0]:
        listening = socket.socket(family, socket.SOCK_STREAM)
        # A port that was ours a moment ago is free: pages that are open know the way back.
        reuse = socket.SO_REUSEADDR if os.name == "posix" else socket.SO_EXCLUSIVEADDRUSE  # type: ignore[attr-defined]
        listening.setsockopt(socket.SOL_SOCKET, reuse, 1)
        if hasattr(socket, "TCP_USER_TIMEOUT"):  # connections have it from here
            listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, LOST_SECONDS * 1000)
        try:
            listening.bind((address, port))
            listening.listen(2048)
        except OSError as error:
            listening.close()
            if error.errno == errno.EADDRNOTAVAIL:
                raise AddressError(f"`{host}` is not an address of this machine") from error
            if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                raise
            continue
        return listening
    raise AddressError(f"no port is free at `{host}`")


def names(host: str) -> tuple[str, ...]:
    """The names and addresses by which a server at `host` is found, the likeliest first."""
    if host not in ANYWHERE:
        return (host,)
    name = socket.gethostname()
    found = []
    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))  # nothing is sent; it tells which of our addresses others are asked from
        found.append(str(probe.getsockname()[0]))
    with suppress(OSError):
        found += [str(each[4][0]) for each in socket.getaddrinfo(name, None, socket.AF_INET, socket.SOCK_STREAM)]
    outside = [each for each in dict.fromkeys(found) if not each.startswith("127.") and each not in LOOPBACK]
    return (*outside, name, *(() if "." in name else (f"{name}.local",)))


def url(name: str, port: int) -> str:
    """The address of a server."""
    return f"http://{f'[{name}]' if ':' in name else name}:{port}/"
