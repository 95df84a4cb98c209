"""The one way out: every address that somebody outside supplied is called from here, and only on the public network.

Against server-side request forgery: https alone, every address that the name has is public, the connection goes to the address
that was checked, no redirect is followed, time and size are bounded.
"""

from __future__ import annotations

import http.client
import re
import socket
import ssl
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooSlow
from datetime import timedelta
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Any, TypeAlias
from urllib.parse import SplitResult, urlsplit

from eid.clock import running_seconds
from eid.config import current_settings
from eid.errors import Malformed, Refused, Unavailable
from eid.late_dataclasses import frozen

MAX_URL = 2000
MAX_BODY = 256 * 1024
WHOLE_TIME = timedelta(seconds=5)
"""For name, connection, request and answer together."""
MAX_ADDRESSES = 8

Address: TypeAlias = IPv4Address | IPv6Address
Resolve: TypeAlias = Callable[[str], list[str]]

_CHARACTERS = re.compile(r"[A-Za-z0-9\-._~:/?@!$&'()*+,;=%\[\]]+")
"""Those of RFC 3986 but for `#`."""
_HOST = re.compile(r"[a-z0-9]([a-z0-9\-._]*[a-z0-9])?\.?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_NAT64 = IPv6Network("64:ff9b::/96")
_TUNNELS = (IPv6Network("2002::/16"), IPv6Network("2001::/32"), IPv6Network("64:ff9b:1::/48"))

_resolvers = ThreadPoolExecutor(8, thread_name_prefix="resolver")


@frozen
class Fetched:
    """What was answered; believed by nobody."""

    status: int
    content_type: str
    """The media type in lower case, without parameters."""
    body: bytes


def fetch(url: str, *, accept: str = "application/json") -> Fetched:
    """What is at this address, answered with 200.

    Raises Malformed (url_not_allowed), Refused (url_not_public), Unavailable (fetch_unresolved, fetch_unreachable,
    fetch_untrusted, fetch_slow, fetch_broken, fetch_redirected, fetch_too_large, fetch_status).
    """
    return _current().fetch(url, accept=accept)


def post(url: str, body: bytes, content_type: str, *, authorization: str = "") -> Fetched:
    """What is answered to this, with any status but a redirect. Raises as fetch, never fetch_status."""
    return _current().post(url, body, content_type, authorization=authorization)


def check_url(url: str) -> None:
    """Raise Malformed (url_not_allowed) where no address of this form would be called; asks no name server."""
    _current().check_url(url)


def resolve(host: str) -> list[str]:
    """Every address of a name, as the operating system finds them."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


@frozen
class Fetcher:
    """Calls addresses that somebody else supplied, by these rules."""

    allow_loopback: bool = False
    """The demo: services run on the same machine, without certificates."""
    resolve: Resolve = resolve
    whole_time: timedelta = WHOLE_TIME
    max_body: int = MAX_BODY

    def fetch(self, url: str, *, accept: str = "application/json") -> Fetched:
        answer = self._call("GET", url, b"", {"Accept": accept})
        if answer.status != http.HTTPStatus.OK:
            raise Unavailable("fetch_status", "The address did not answer with 200.", reason=str(answer.status))
        return answer

    def post(self, url: str, body: bytes, content_type: str, *, authorization: str = "") -> Fetched:
        headers = {"Content-Type": content_type, "Accept": "application/json, */*;q=0.1"}
        return self._call("POST", url, body, headers | ({"Authorization": authorization} if authorization else {}))

    def check_url(self, url: str) -> SplitResult:
        """The parts of an address that may be called as far as its form goes. Raises Malformed (url_not_allowed).

        1. An absolute address of RFC 3986 without fragment and user name, with a port that there is.
        2. Its host is a name or an address as everybody writes it: not a number, not hexadecimal, not encoded.
        3. It is https; http alone where the host is this machine and that is allowed.
        """
        # (1)
        parts = _split(url)
        # (2)
        host = parts.hostname or ""
        if not _is_host(host):
            raise _not_allowed(url)
        # (3)
        is_local = self.allow_loopback and (host == "localhost" or _is_loopback_literal(host))
        if parts.scheme != "https" and not (parts.scheme == "http" and is_local):
            raise _not_allowed(url)
        return parts

    def _call(self, method: str, url: str, body: bytes, headers: Mapping[str, str]) -> Fetched:
        parts, ends = self.check_url(url), running_seconds() + self.whole_time.total_seconds()
        addresses = self._find_addresses(parts.hostname or "", ends)
        connection = _Connection(parts, addresses, ends)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        try:
            connection.request(method, target, body or None, {"Connection": "close", "User-Agent": "eid", **headers})
            with connection.getresponse() as response:
                return self._read(response)
        except TimeoutError as error:
            raise Unavailable("fetch_slow", "The address does not answer in time.", reason=parts.netloc) from error
        except ssl.SSLError as error:
            raise Unavailable(
                "fetch_untrusted", "The address has no certificate that we trust.", reason=str(error)[:200]
            ) from error
        except ConnectionRefusedError as error:
            raise Unavailable("fetch_unreachable", "The address cannot be reached.", reason=parts.netloc) from error
        except (http.client.HTTPException, OSError, ValueError) as error:
            raise Unavailable("fetch_broken", "The address answers no HTTP.", reason=type(error).__name__) from error
        finally:
            connection.close()

    def _find_addresses(self, host: str, ends: float) -> list[Address]:
        """Every address of the host, each of which may be called. Raises Refused (url_not_public), Unavailable."""
        try:
            found = _resolvers.submit(self.resolve, host).result(max(0.0, ends - running_seconds()))
        except (TooSlow, OSError, UnicodeError) as error:
            raise Unavailable("fetch_unresolved", "The address's name is not known.", reason=host) from error
        addresses = [ip_address(text.partition("%")[0]) for text in found[:MAX_ADDRESSES]]
        for address in addresses:
            if not (_is_public(address) or (self.allow_loopback and _embedded(address).is_loopback)):
                raise Refused("url_not_public", "The address is not on the public network.", reason=host)
        return addresses

    def _read(self, response: http.client.HTTPResponse) -> Fetched:
        if 300 <= response.status < 400:
            raise Unavailable("fetch_redirected", "The address leads elsewhere, which is not followed.")
        body = response.read(self.max_body + 1)
        if len(body) > self.max_body:
            raise Unavailable("fetch_too_large", "The address answers with more than we read.")
        if response.length or response.headers.get("Content-Encoding", "identity") != "identity":
            raise Unavailable("fetch_broken", "The address answers in part, or in an encoding that was not asked for.")
        return Fetched(response.status, response.headers.get_content_type(), body)


class _Deadline:
    """Part of a socket whose every wait ends when the time for the whole call does."""

    ends = 0.0
    settimeout: Callable[[float], None]

    def wait_no_longer(self) -> None:
        left = self.ends - running_seconds()
        if left <= 0:
            raise TimeoutError("the time for the whole call is over")
        self.settimeout(left)

    def recv_into(self, *args: Any, **kwargs: Any) -> Any:
        self.wait_no_longer()
        return super().recv_into(*args, **kwargs)  # type: ignore[misc]

    def send(self, *args: Any, **kwargs: Any) -> Any:
        self.wait_no_longer()
        return super().send(*args, **kwargs)  # type: ignore[misc]

    def sendall(self, *args: Any, **kwargs: Any) -> Any:
        self.wait_no_longer()
        return super().sendall(*args, **kwargs)  # type: ignore[misc]


class _DeadlineSocket(_Deadline, socket.socket):  # type: ignore[misc]
    pass


class _DeadlineTlsSocket(_Deadline, ssl.SSLSocket):  # type: ignore[misc]
    pass


class _Connection(http.client.HTTPConnection):
    """To the addresses that were checked, whatever the name means by now; the certificate must be the name's."""

    def __init__(self, parts: SplitResult, addresses: list[Address], ends: float) -> None:
        super().__init__(parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80))
        self._secure = parts.scheme == "https"
        self._addresses = addresses
        self._ends = ends

    def connect(self) -> None:
        self.sock = self._connect_to_first()
        if self._secure:
            context = ssl.create_default_context()
            context.minimum_version = ssl.TLSVersion.TLSv1_2
            context.sslsocket_class = _DeadlineTlsSocket
            secured: Any = context.wrap_socket(self.sock, server_hostname=self.host)
            secured.ends = self._ends
            self.sock = secured

    def _connect_to_first(self) -> socket.socket:
        refused: OSError = ConnectionRefusedError("no address")
        for address in self._addresses:
            family = socket.AF_INET if address.version == 4 else socket.AF_INET6
            candidate = _DeadlineSocket(family, socket.SOCK_STREAM)
            candidate.ends = self._ends
            try:
                candidate.wait_no_longer()
                candidate.connect((str(address), self.port))
            except TimeoutError:
                candidate.close()
                raise
            except OSError as error:
                candidate.close()
                refused = ConnectionRefusedError(str(error))
                continue
            return candidate
        raise refused


def _current() -> Fetcher:
    return Fetcher(allow_loopback=current_settings().is_demo)


def _split(url: str) -> SplitResult:
    if len(url) > MAX_URL or not _CHARACTERS.fullmatch(url):
        raise _not_allowed(url)
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise _not_allowed(url) from error
    if "@" in parts.netloc or port == 0:
        raise _not_allowed(url)
    return parts


def _is_host(host: str) -> bool:
    """A canonical address, or a name whose last label is no number: resolvers take 2130706433 and 0x7f.1 for addresses."""
    try:
        return "%" not in host and (str(ip_address(host)) == host or ":" in host)
    except ValueError:
        return bool(_HOST.fullmatch(host)) and not _NUMBER.fullmatch(host.rstrip(".").rpartition(".")[2])


def _is_loopback_literal(host: str) -> bool:
    try:
        return _embedded(ip_address(host)).is_loopback
    except ValueError:
        return False


def _is_public(address: Address) -> bool:
    """Of the internet at large (IANA special-purpose registries), and of nothing that is tunnelled to elsewhere."""
    inner = _embedded(address)
    if isinstance(inner, IPv6Address) and any(inner in tunnel for tunnel in _TUNNELS):
        return False
    return inner.is_global and not (inner.is_multicast or inner.is_reserved or inner.is_unspecified)


def _embedded(address: Address) -> Address:
    """The IPv4 address inside of an IPv6 one that is only another way to write it (RFC 4291, 2.5.5; RFC 6052, 2.1)."""
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    number = int(address)
    if (number >> 32 == 0 and number > 1) or address in _NAT64:
        return IPv4Address(number & 0xFFFFFFFF)
    return address


def _not_allowed(url: str) -> Malformed:
    return Malformed(
        "url_not_allowed",
        "An address that we shall call starts with https:// and names a host, without user name or fragment.",
        reason=url[:200],
    )
