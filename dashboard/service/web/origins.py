"""The hosts and origins under which the app is reached. A request that names another one is refused.

A page of another site can have its own name lead to this machine (DNS rebinding); its requests name that host.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from dashboard.service.sign_in.identity import is_local

LOCAL_HOSTS = ("localhost", "127.0.0.1", "[::1]")
_ANY = ("", "0.0.0.0", "::", "[::]")  # noqa: S104 - recognised, not bound
_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:[0-9]{1,5})?")


@dataclass(frozen=True, slots=True)
class Address:
    """The address that the app listens on, and the one under which people reach it through a proxy, such as
    ``https://audit.plant.example``; empty without a proxy."""

    listens_on: str
    public: str = ""

    def is_own_host(self, host: str) -> bool:
        """Return whether a Host header names this app. Without a public address, a server that other machines reach takes any
        name: it does not know its own."""
        found = _HOST.fullmatch(host.lower())
        if found is None:
            return False
        # Its machine's names also where it listens everywhere: a proxy here asks for them, and a watch over its health.
        here = is_local(self.listens_on) or self.listens_on in _ANY
        names = {*LOCAL_HOSTS} if here else {self.listens_on.lower()}
        if self.public:
            names.add(_HOST.fullmatch(urlsplit(self.public).netloc)[1])  # type: ignore[index]  # `public_address` has checked it
        elif not is_local(self.listens_on):
            return True
        return found[1] in names

    def is_own_origin(self, origin: str, host: str) -> bool:
        """Return whether an Origin header names this app, of which the request's Host header is ``host``."""
        if self.public:
            return origin == self.public
        return origin.lower() in (f"http://{host.lower()}", f"https://{host.lower()}")


def public_address(url: str) -> str:
    """Return the origin of an address, as browsers write it. Raises `ValueError`."""
    parts = urlsplit(url.strip().lower())
    if parts.scheme not in ("http", "https") or not _HOST.fullmatch(parts.netloc) or parts.path.strip("/") or parts.query:
        raise ValueError(f"{url} is not an address such as https://audit.plant.example")
    usual = {"http": ":80", "https": ":443"}[parts.scheme]
    return f"{parts.scheme}://{parts.netloc.removesuffix(usual)}"
