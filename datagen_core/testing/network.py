"""A block on the network that also tells who tried, so that a swallowed error doesn't hide the attempt."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

_LOOPBACK = ("127.", "::1", "localhost")


@contextmanager
def offline() -> Iterator[list[str]]:
    """Blocks connections and name look-ups outside loopback; yields the list of addresses that were tried.

    Each attempt raises OSError. Child processes and libraries that open sockets in C aren't caught.
    """
    tried: list[str] = []

    def blocked(original: Callable[..., Any], place: int) -> Callable[..., Any]:
        def attempt(*args: Any, **kwargs: Any) -> Any:
            address = args[place] if len(args) > place else None
            host = address[0] if isinstance(address, tuple) else address
            if isinstance(host, str) and (host.startswith(_LOOPBACK) or _is_path(args)):
                return original(*args, **kwargs)
            tried.append(str(host))
            raise OSError(f"no network in this test: {host}")

        return attempt

    places = (
        (socket.socket, "connect", 1),
        (socket.socket, "connect_ex", 1),
        (socket.socket, "sendto", -1),
        (socket, "getaddrinfo", 0),
        (socket, "gethostbyname", 0),
    )
    originals = [(owner, name, owner.__dict__.get(name)) for owner, name, _ in places]
    for owner, name, place in places:
        setattr(owner, name, blocked(getattr(owner, name), place))
    try:
        yield tried
    finally:
        for owner, name, original in originals:
            if original is None:
                delattr(owner, name)  # it was inherited
            else:
                setattr(owner, name, original)


def _is_path(args: tuple[Any, ...]) -> bool:
    return isinstance(args[0], socket.socket) and args[0].family == getattr(socket, "AF_UNIX", None)
