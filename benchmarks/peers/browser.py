"""A keep-alive HTTP client that costs the generator little: one connection, one request at a time, cookies by name.

It is no general client: what a measured server never sends (trailers, compressed bodies, interim answers) it refuses.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

FORM = "application/x-www-form-urlencoded"
ANSWER_SECONDS = 20.0


class Failed(Exception):
    """What was asked for did not come; the text is short, and the same for the same cause, so that it can be counted."""


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    """Names in lower case; of a repeated one, the last. Cookies are apart."""
    cookies: tuple[str, ...]
    body: bytes


class Connection(asyncio.Protocol):
    """A connection to a server on this machine."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        self._received = bytearray()
        self._waiting: asyncio.Future[Answer] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        try:
            found = parse_answer(self._received)
        except (ValueError, KeyError):
            return self._fail("an answer that cannot be read")
        if found is not None and self._waiting is not None and not self._waiting.done():
            self._received.clear()
            self._waiting.set_result(found)
        return None

    def connection_lost(self, _error: Exception | None) -> None:
        self.transport = None
        self._fail("connection lost")

    async def ask(self, request: bytes) -> Answer:
        """The answer to one request, given as it goes over the wire."""
        if self.transport is None:
            raise Failed("connection lost")
        self._waiting = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        return await self._waiting

    def close(self) -> None:
        if self.transport is not None:
            self.transport.close()

    def _fail(self, why: str) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(Failed(why))


def parse_answer(received: bytes | bytearray) -> Answer | None:
    """The answer in these octets; None while it is not complete. Raises ValueError for what is no answer."""
    end = received.find(b"\r\n\r\n")
    if end < 0:
        return None
    first, *lines = bytes(received[:end]).decode("latin-1").split("\r\n")
    status, headers, cookies = int(first.split(" ")[1]), {}, []
    for line in lines:
        name, _, value = line.partition(":")
        if name.lower() == "set-cookie":
            cookies.append(value.strip())
        else:
            headers[name.lower()] = value.strip()
    if "chunked" in headers.get("transfer-encoding", ""):
        body = _parse_chunks(received, end + 4)
    else:
        length = 0 if status in (204, 304) else int(headers["content-length"])
        body = bytes(received[end + 4 : end + 4 + length]) if len(received) >= end + 4 + length else None
    return None if body is None else Answer(status, headers, tuple(cookies), body)


def _parse_chunks(received: bytes | bytearray, start: int) -> bytes | None:
    """RFC 9112, section 7.1; None while the last chunk has not come."""
    body = bytearray()
    while True:
        line = received.find(b"\r\n", start)
        if line < 0:
            return None
        size = int(bytes(received[start:line]).split(b";")[0], 16)
        if len(received) < line + 4 + size:
            return None
        if size == 0:
            return bytes(body)
        body += received[line + 2 : line + 2 + size]
        start = line + 4 + size


class Browser:
    """Somebody's browser at one server: a connection of its own, and the cookies that it was given."""

    def __init__(self, connection: Connection, host: str) -> None:
        self.connection, self.host = connection, host
        self.cookies: dict[str, str] = {}

    async def get(self, address: str, **headers: str) -> Answer:
        return await self._ask("GET", address, b"", headers)

    async def post(self, address: str, fields: Mapping[str, object], **headers: str) -> Answer:
        body = urlencode(fields, doseq=True).encode()
        return await self._ask("POST", address, body, {"Content-Type": FORM, **headers})

    async def post_body(self, address: str, body: bytes, media_type: str) -> Answer:
        return await self._ask("POST", address, body, {"Content-Type": media_type})

    async def _ask(self, method: str, address: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        answer = await self.connection.ask(build_request(method, address, self.host, body, headers, self.cookies))
        for line in answer.cookies:
            self._keep(line)
        return answer

    def _keep(self, line: str) -> None:
        pair, *attributes = line.split(";")
        name, _, value = pair.partition("=")
        is_over = any(
            attribute.strip().lower().startswith(("max-age=0", "expires=thu, 01 jan 1970")) for attribute in attributes
        )
        if is_over:
            self.cookies.pop(name, None)
        else:
            self.cookies[name] = value


def build_request(
    method: str, address: str, host: str, body: bytes, headers: Mapping[str, str], cookies: Mapping[str, str]
) -> bytes:
    """A request as it goes over the wire; of an absolute address only path and query count."""
    parts = urlsplit(address)
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", "User-Agent: Mozilla/5.0 (X11; Linux x86_64) Firefox/130.0"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    if cookies:
        lines.append("Cookie: " + "; ".join(f"{name}={value}" for name, value in cookies.items()))
    if method == "POST":
        lines.append(f"Content-Length: {len(body)}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


async def open_browser(port: int, host: str) -> Browser:
    """A browser with a new connection and no cookies."""
    loop = asyncio.get_running_loop()
    _, connection = await loop.create_connection(Connection, "127.0.0.1", port)
    return Browser(connection, host)
