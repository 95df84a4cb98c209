"""Addresses that somebody else supplied: which are called, which are not, and how a call ends."""

from __future__ import annotations

import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from eid import fetching
from eid.errors import Malformed, Refusal
from eid.fetching import Fetched, Fetcher
from tests.engines import one_engine

LOCAL = Fetcher(allow_loopback=True)
OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: 2\r\n\r\n{}"


class Peer:
    """A server of one test: it hands each connection to a function, and keeps what was asked."""

    def __init__(self, answer: bytes | Callable[[socket.socket], None], context: ssl.SSLContext | None = None) -> None:
        self.asked: list[bytes] = []
        self._answer, self._context = answer, context
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/jwks.json"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(10)

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
                with connection:
                    self._speak(connection)
            except ssl.SSLError:
                continue
            except (OSError, ValueError):
                if self._listener.fileno() < 0:
                    return

    def _speak(self, plain: socket.socket) -> None:
        connection = self._context.wrap_socket(plain, server_side=True) if self._context else plain
        with connection:
            asked = b""
            while b"\r\n\r\n" not in asked and (more := connection.recv(65536)):
                asked += more
            self.asked.append(asked)
            if callable(self._answer):
                self._answer(connection)
            else:
                connection.sendall(self._answer)


@contextmanager
def peer(answer: bytes | Callable[[socket.socket], None], context: ssl.SSLContext | None = None) -> Iterator[Peer]:
    running = Peer(answer, context)
    try:
        yield running
    finally:
        running.close()


def code_of(act: Callable[[], object]) -> str:
    with pytest.raises(Refusal) as refused:
        act()
    return refused.value.code


def resolving(*addresses: str) -> Fetcher:
    return Fetcher(resolve=lambda _host: list(addresses))


@pytest.mark.parametrize(
    "url",
    [
        "",
        "https://",
        "https:///path",
        "http://service.example/",
        "http://127.0.0.1/",
        "ftp://service.example/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "//service.example/",
        "https://user@service.example/",
        "https://user:word@service.example/",
        "https://service.example@evil.example/",
        "https://service.example/#part",
        "https://service.example:0/",
        "https://service.example:99999/",
        "https://service.example:x/",
        "https://service.example\\@127.0.0.1/",
        "https://service.example/a b",
        "https://service.example/\r\nHost: other",
        "https://dịchvụ.example/",
        "https://%31%32%37.0.0.1/",
        "https://2130706433/",
        "https://017700000001/",
        "https://0x7f000001/",
        "https://0x7f.1/",
        "https://127.1/",
        "https://127.0.0.01/",
        "https://service.123/",
        "https://[::1%25lo]/",
        "https://[::1/",
        "https://-service.example/",
        "https://service.example/" + "a" * 2000,
    ],
)
def test_what_is_no_plain_https_address_is_never_called(url: str) -> None:
    """Decimal, octal and hexadecimal addresses, user names, encodings and other schemes, before any name is resolved"""
    with pytest.raises(Malformed) as refused:
        Fetcher(resolve=lambda host: pytest.fail(f"resolved {host}")).fetch(url)
    assert refused.value.code == "url_not_allowed"


PRIVATE = [
    "127.0.0.1", "127.255.0.1", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
    "192.0.2.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "::", "::1", "fe80::1", "fc00::1",
    "fd12::1", "ff02::1", "2001:db8::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1",
    "::10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "2002:7f00:1::", "2001:0:1::1",
    "fe80::1%eth0",
]  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_a_name_that_leads_to_no_public_address_is_not_called(address: str) -> None:
    """Loopback, private, link-local, mapped, tunnelled, reserved; one such address among public ones suffices"""
    assert code_of(lambda: resolving(address).fetch("https://service.example/")) == "url_not_public"
    assert code_of(lambda: resolving("8.8.8.8", address).fetch("https://service.example/")) == "url_not_public"


@pytest.mark.parametrize("address", ["10.0.0.1", "169.254.169.254", "0.0.0.0", "::ffff:10.0.0.1", "fd00::1"])
def test_the_demo_calls_this_machine_but_no_neighbour(address: str) -> None:
    fetcher = replace(LOCAL, resolve=lambda _host: [address])
    assert code_of(lambda: fetcher.fetch("https://service.example/")) == "url_not_public"


@pytest.mark.parametrize("host", ["8.8.8.8", "[2001:4860:4860::8888]", "service.example", "xn--dchv-nt5a.example"])
def test_a_public_address_may_be_called(host: str) -> None:
    Fetcher().check_url(f"https://{host}/a?b=c")


def test_an_answer_is_read_and_nothing_of_ours_is_sent_along() -> None:
    with peer(OK) as service:
        assert LOCAL.fetch(service.url + "?a=1") == Fetched(200, "application/json", b"{}")
    (asked,) = service.asked
    lines = asked.decode().split("\r\n")
    assert lines[0] == "GET /jwks.json?a=1 HTTP/1.1"
    names = {line.partition(":")[0].lower() for line in lines[1:] if line}
    assert names == {"host", "accept-encoding", "connection", "user-agent", "accept"}


def test_what_is_posted_arrives_and_any_status_is_told() -> None:
    answer = b"HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n[]"
    with peer(answer) as service:
        found = LOCAL.post(service.url, b"{}", "application/secevent+jwt", authorization="Bearer x")
    assert (found.status, found.body) == (400, b"[]")
    assert b"POST /jwks.json HTTP/1.1" in service.asked[0]
    assert b"Content-Type: application/secevent+jwt\r\n" in service.asked[0]
    assert b"Authorization: Bearer x\r\n" in service.asked[0]


def test_a_header_cannot_be_smuggled_in() -> None:
    with peer(OK) as service:
        assert code_of(lambda: LOCAL.post(service.url, b"", "text/plain", authorization="x\r\nA: b")) == "fetch_broken"
    assert service.asked == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(status: int) -> None:
    with peer(OK) as elsewhere:
        redirect = f"HTTP/1.1 {status} Moved\r\nLocation: {elsewhere.url}\r\nContent-Length: 0\r\n\r\n".encode()
        with peer(redirect) as service:
            assert code_of(lambda: LOCAL.fetch(service.url)) == "fetch_redirected"
            assert code_of(lambda: LOCAL.post(service.url, b"", "text/plain")) == "fetch_redirected"
    assert elsewhere.asked == []


def endless(start: bytes, piece: bytes, pause: float = 0.0) -> Callable[[socket.socket], None]:
    def answer(connection: socket.socket) -> None:
        connection.sendall(start)
        until = time.monotonic() + 0.6
        while time.monotonic() < until:
            connection.sendall(piece)
            if pause:
                time.sleep(pause)

    return answer


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@pytest.mark.parametrize(
    "answer",
    [
        endless(HEAD + b"\r\n", b"x" * 65536),
        endless(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"10000\r\n" + b"x" * 65536 + b"\r\n"),
        endless(HEAD + b"Content-Length: 99999999999\r\n\r\n", b"x" * 65536),
    ],
)
def test_an_endless_body_is_not_read_to_its_end(answer: Callable[[socket.socket], None]) -> None:
    with peer(answer) as service:
        assert code_of(lambda: LOCAL.fetch(service.url)) == "fetch_too_large"


@pytest.mark.parametrize(
    "answer",
    [
        endless(b"", b"", 0.05),
        endless(b"HTTP/1.1 200 OK\r\n", b"X", 0.05),
        endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n", 0.05),
        endless(HEAD + b"\r\n", b"x", 0.05),
        endless(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n", 0.05),
    ],
)
def test_who_answers_a_byte_at_a_time_is_not_waited_for(answer: Callable[[socket.socket], None]) -> None:
    """The time is for the whole call, not for each byte"""
    fetcher, began = replace(LOCAL, whole_time=timedelta(seconds=0.3)), time.monotonic()
    with peer(answer) as service:
        assert code_of(lambda: fetcher.fetch(service.url)) == "fetch_slow"
    assert time.monotonic() - began < 2


def test_who_does_not_finish_the_handshake_is_not_waited_for() -> None:
    with peer(endless(b"", b"", 0.05)) as service:
        fetcher = replace(LOCAL, whole_time=timedelta(seconds=0.3))
        assert code_of(lambda: fetcher.fetch(service.url.replace("http:", "https:"))) == "fetch_slow"


def test_a_name_server_that_does_not_answer_is_not_waited_for() -> None:
    answering = threading.Event()

    def never(_host: str) -> list[str]:
        answering.wait(5)
        return []

    fetcher = Fetcher(resolve=never, whole_time=timedelta(seconds=0.1))
    assert code_of(lambda: fetcher.fetch("https://service.example/")) == "fetch_unresolved"
    answering.set()


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (b"", "fetch_broken"),
        (b"SSH-2.0-OpenSSH_9\r\n", "fetch_broken"),
        (b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 200 + b"\r\n", "fetch_broken"),
        (b"HTTP/1.1 200 OK\r\nA: " + b"b" * 70_000 + b"\r\n\r\n", "fetch_broken"),
        (HEAD + b"Content-Length: 5\r\n\r\n{}", "fetch_broken"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", "fetch_broken"),
        (HEAD + b"Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}", "fetch_broken"),
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "fetch_status"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", "fetch_status"),
    ],
)
def test_an_answer_that_is_none_is_refused(answer: bytes, code: str) -> None:
    with peer(answer) as service:
        assert code_of(lambda: LOCAL.fetch(service.url)) == code


def test_where_nobody_listens_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert code_of(lambda: LOCAL.fetch(f"http://localhost:{port}/")) == "fetch_unreachable"


@pytest.fixture(scope="module")
def certified(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, Path]:
    """What a server needs to be service.example, and the file of the authority that says so."""
    folder = tmp_path_factory.mktemp("tls")
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test")])
    now = datetime.now(UTC)
    alternative = x509.SubjectAlternativeName([x509.DNSName("service.example"), x509.IPAddress(ip_address("8.8.8.8"))])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(alternative, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "server.pem").write_bytes(private + pem)
    (folder / "authority.pem").write_bytes(pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem")
    return context, folder / "authority.pem"


class Rebinding:
    """A name server that says something harmless first, and then what the attacker wants."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)

    def __call__(self, _host: str) -> list[str]:
        return [self.answers.pop(0)]


def test_the_connection_goes_to_the_address_that_was_checked(
    certified: tuple[ssl.SSLContext, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """DNS rebinding: the name is asked for once, and what it means by the time of the connection does not count"""
    context, authority = certified
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    names = Rebinding("127.0.0.1", "10.0.0.1")
    with peer(OK, context) as service:
        fetcher = replace(LOCAL, resolve=names)
        assert fetcher.fetch(f"https://service.example:{service.port}/jwks.json").body == b"{}"
    assert names.answers == ["10.0.0.1"]
    assert b"Host: service.example:" in service.asked[0]


def test_a_certificate_must_be_the_names_and_of_an_authority_that_is_known(
    certified: tuple[ssl.SSLContext, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    context, authority = certified
    here = replace(LOCAL, resolve=lambda _host: ["127.0.0.1"])
    with peer(OK, context) as service:
        unknown = f"https://service.example:{service.port}/"
        assert code_of(lambda: here.fetch(unknown)) == "fetch_untrusted"
        monkeypatch.setenv("SSL_CERT_FILE", str(authority))
        assert code_of(lambda: here.fetch(f"https://other.example:{service.port}/")) == "fetch_untrusted"
        assert here.fetch(unknown).status == 200
    assert len(service.asked) == 1


def test_no_proxy_of_the_environment_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    with peer(OK) as proxy, peer(OK) as service:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        LOCAL.fetch(service.url)
    assert (len(proxy.asked), len(service.asked)) == (0, 1)


@one_engine
def test_the_demo_calls_loopback_and_production_does_not(app: Flask) -> None:
    with peer(OK) as service:
        assert json.loads(fetching.fetch(service.url).body) == {}
        fetching.check_url(service.url)
        app.extensions["eid.settings"] = replace(app.extensions["eid.settings"], mode="production")
        assert code_of(lambda: fetching.fetch(service.url)) == "url_not_allowed"
        assert code_of(lambda: fetching.check_url(service.url)) == "url_not_allowed"
        assert code_of(lambda: fetching.post("https://localhost/", b"", "text/plain")) == "url_not_public"
    assert len(service.asked) == 1


@given(st.text(max_size=60) | st.from_regex(r"https?://[a-z0-9.:@\[\]%/-]{0,40}", fullmatch=True))
def test_whatever_the_address_it_is_called_or_refused(url: str) -> None:
    try:
        Fetcher(resolve=lambda _host: ["127.0.0.1"]).fetch(url)
    except Refusal as refused:
        assert refused.code in ("url_not_allowed", "url_not_public")
    else:
        pytest.fail("called")
