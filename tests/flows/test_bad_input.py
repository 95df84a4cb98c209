"""Rubbish at every address: never an accident, always a refusal that says what it is, and nothing that was sent comes back.

The addresses are read from the application, so each new one is tried from the day it is routed, by a stranger and by an
officer who is signed in; the bodies of the JSON API are made from its own description. An address is sent a few pieces of
rubbish, the next one others, so that each piece reaches dozens of them; `-m sweep` sends every piece to every address.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote_from_bytes, urlencode

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from eid.accounts.levels import Factor
from eid.accounts.service import record_officer
from eid.accounts.sessions import UsedFactor, record_session
from eid.app import JSON_PREFIXES
from eid.clock import wall_now
from eid.db import db
from eid.web.session import COOKIE
from tests.engines import one_engine
from tests.people import record_account_of, record_one

WEB = Path(__file__).parent.parent.parent / "eid" / "web"

MARK = "Zk7-do-not-echo"
"""Stands where a secret would."""
SECRETS = ("password", "passcode", "otp", "code", "client_secret", "code_verifier", "new_password", "password_again")
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND")

VALUES: list[str] = [
    "",
    " ",
    "\x00",
    "a\x00b",
    "\r\nSet-Cookie: a=b",
    "x" * 10_000,
    "9" * 5_000,
    "-1",
    "0",
    "1e400",
    "NaN",
    "999999999999999999999999",
    "000000000000",
    "901190000999",
    "123456",
    "٣٤٥",
    "\ud800",
    "\U0010ffff\u202e\ufeff",
    "<script>alert(1)</script>",
    "'; DROP TABLE persons; --",
    "../../etc/passwd",
    "%s%n{0}{{7*7}}",
    "//evil.example/",
    "/\\evil.example",
    "https://evil.example/",
    "null",
    "[]",
    "{}",
]
"""Texts that have broken programs before."""
FOR_DATABASES = (
    "\x00",
    "a\x00b",
    "9" * 5_000,
    "1e400",
    "999999999999999999999999",
    "\ud800",
    "'; DROP TABLE persons; --",
)
"""Those that two database engines may take differently; what is done with the others before that is the same on both."""

BODIES: list[bytes] = [
    b"",
    b"{",
    b"[]",
    b"null",
    b"true",
    b'"text"',
    b"123",
    b"NaN",
    b"1" * 6_000,
    b"[" * 50_000,
    b'{"a":' * 20_000,
    b"\xff\xfe\x00",
    b'{"files": "\xff"}',
    b'{"files": {}, "files": []}',
    b'{"files": "\\ud800"}',
    b'{"unknown": 1}',
    b"\x00" * 1_000,
    b"a=%ff%fe&b=%",
    b"&" * 2_000,
    b"=" * 2_000,
]
KINDS = (
    "application/json",
    "application/json; charset=utf-16",
    "application/json; charset=no-such",
    "application/x-www-form-urlencoded",
    "application/x-www-form-urlencoded; charset=utf-7",
    "multipart/form-data",
    "multipart/form-data; boundary=x",
    "multipart/form-data; boundary=" + "x" * 500,
    "text/plain",
    "application/xml",
    "no kind at all",
    "",
)
JSON_KINDS, FORM_KINDS = KINDS[:2], (KINDS[3], KINDS[6])
"""Kinds whose bodies are read: by addresses for programs, and by pages too."""


Piece = TypeVar("Piece")


@dataclass(frozen=True)
class Caller:
    name: str
    cookie: str


@dataclass
class Attack:
    """Sends what nobody should, and remembers every answer that is not as it must be."""

    client: FlaskClient
    caller: Caller
    wrong: list[str]
    turn: int = 0
    """The place of the address among all of them."""
    is_whole: bool = False

    @property
    def values(self) -> Sequence[str]:
        """A stranger gets no further than a guard with most of them, so fewer will do."""
        if db.engine.dialect.name == "postgresql":
            return self.choose(FOR_DATABASES, 2) if self.caller.cookie else FOR_DATABASES[:1]
        return self.choose(VALUES, 4 if self.caller.cookie else 2)

    def choose(self, pieces: Sequence[Piece], count: int) -> Sequence[Piece]:
        """So many of the pieces, those whose turn it is at this address; all of them in a sweep."""
        if self.is_whole or count >= len(pieces):
            return pieces
        first = self.turn * count % len(pieces)
        return [*pieces[first:], *pieces[:first]][:count]

    def send(self, method: str, url: str, what: str, **request: Any) -> TestResponse:
        if self.caller.cookie:
            request["headers"] = {"Cookie": f"{COOKIE}={self.caller.cookie}", **request.get("headers", {})}
        answer = self.client.open(url, method=method, **request)
        self.wrong += [
            f"{self.caller.name}: {method} {url[:100]} with {what[:100]!r}: {flaw}"
            for flaw in find_flaws(method, url, answer)
        ]
        answer.close()
        return answer


def find_flaws(method: str, url: str, answer: TestResponse) -> Iterator[str]:
    """What is wrong with an answer to rubbish."""
    text = answer.get_data().decode(errors="replace")
    if answer.status_code >= 500:
        yield f"status {answer.status_code}: {text[:300]}"
    if re.search(r"Traceback|sqlalchemy|psycopg|sqlite3|werkzeug|File \"/", text):
        yield "tells of its inside"
    if MARK in text or MARK in str(answer.headers):
        yield "gives back a secret"
    if answer.mimetype == "text/html" and "<script>alert" in text:
        yield "gives back a script"
    if "evil.example" in answer.headers.get("Location", "").split("?")[0].split("#")[0]:
        yield f"leads elsewhere: {answer.headers['Location']}"
    if "Set-Cookie" in answer.headers and "a=b" in answer.headers.getlist("Set-Cookie"):
        yield "sets a cookie for others"
    if answer.status_code >= 400 and method != "HEAD":
        yield from _find_flaws_of_refusal(url, answer, text)


def _find_flaws_of_refusal(url: str, answer: TestResponse, text: str) -> Iterator[str]:
    if not url.startswith(JSON_PREFIXES):
        if answer.mimetype != "text/html" or "<!doctype html>" not in text or "</html>" not in text:
            yield f"status {answer.status_code} is not a page of ours: {text[:200]}"
        return
    if answer.mimetype == "application/json" and url.startswith(("/oauth/", "/csc/")):
        body = json.loads(text)
        if not isinstance(body.get("error"), str) or not isinstance(body.get("error_description"), str):
            yield f"no error of RFC 6749, whose form the CSC API has too: {text[:200]}"
        return
    if answer.mimetype != "application/problem+json":
        yield f"status {answer.status_code} is {answer.mimetype}: {text[:200]}"
        return
    body = json.loads(text)
    if body.get("status") != answer.status_code or not re.fullmatch(r"[a-z][a-z0-9_]*", str(body.get("code"))):
        yield f"no problem of RFC 9457: {text[:200]}"


@pytest.fixture
def callers(app: Flask) -> list[Caller]:
    """A stranger, and an officer who is signed in at level 2, to whom every page of citizens and of the desk is open."""
    return [Caller("stranger", ""), Caller("officer", _sign_in_officer(3, "979085000103"))]


def _sign_in_officer(person_id: int, pin: str) -> str:
    person = record_one(person_id=person_id, pin=pin)
    account = record_account_of(person.id, phone=f"01000001{person_id:02}")
    record_officer(account, place="Bàn thử")
    now = wall_now()
    new = record_session(account, [UsedFactor(Factor.PASSWORD, now), UsedFactor(Factor.TOTP, now)], now=now)
    db.session.commit()
    return new.token


@pytest.fixture(params=["turns", pytest.param("whole", marks=pytest.mark.sweep)])
def attack_everywhere(
    app: Flask, callers: list[Caller], request: pytest.FixtureRequest
) -> Callable[[Callable[[Attack, Rule], None]], list[str]]:
    """Runs an attack on every address for every caller; what came back wrong. Forms are tried behind the CSRF token."""
    app.config["WTF_CSRF_ENABLED"] = False

    def run(attack: Callable[[Attack, Rule], None]) -> list[str]:
        wrong: list[str] = []
        for caller in callers:
            client = app.test_client(use_cookies=False)
            for turn, rule in enumerate(app.url_map.iter_rules()):
                if caller.cookie and rule.rule.startswith(JSON_PREFIXES):
                    continue  # the cookie of a browser means nothing there
                attack(Attack(client, caller, wrong, turn, is_whole=request.param == "whole"), rule)
                db.session.remove()
        return wrong

    return run


AttackEverywhere = Callable[[Callable[[Attack, Rule], None]], list[str]]


@one_engine
def test_a_wrong_method_is_refused_with_those_that_are_right(app: Flask, attack_everywhere: AttackEverywhere) -> None:
    """RFC 9110, section 15.5.6: 405 comes with Allow."""

    methods: dict[str, set[str]] = {}
    for rule in app.url_map.iter_rules():
        methods[rule.rule] = methods.get(rule.rule, set()) | (rule.methods or set())

    def attack(on: Attack, rule: Rule) -> None:
        for method in METHODS:
            if method not in methods[rule.rule]:
                answer = on.send(method, fill(rule), "nothing")
                if answer.status_code == 405 and "Allow" not in answer.headers:
                    on.wrong.append(f"{method} {rule}: no Allow")
                if answer.status_code < 400:
                    on.wrong.append(f"{method} {rule}: answered {answer.status_code}")

    assert attack_everywhere(attack) == []


@one_engine
def test_bodies_that_are_no_such_thing_are_refused(attack_everywhere: AttackEverywhere) -> None:
    """All pages read forms by the same parser, so one page of each kind gets every body, and the others the first few."""
    seen: set[tuple[str, str]] = set()

    def attack(on: Attack, rule: Rule) -> None:
        if "POST" not in (rule.methods or ()):
            return
        is_page = not rule.rule.startswith(JSON_PREFIXES)
        is_guarded = is_page and not on.caller.cookie
        kind_of_page = (on.caller.name, rule.endpoint.partition(".")[0])
        is_like_another = is_page and kind_of_page in seen
        seen.add(kind_of_page)
        for number, body in enumerate(BODIES[:2] if is_guarded or is_like_another else BODIES):
            kinds = KINDS if number < 4 else FORM_KINDS if is_page else JSON_KINDS + FORM_KINDS
            for kind in on.choose(kinds, 2):
                on.send("POST", fill(rule), f"{kind} {body[:40]!r}", data=body, content_type=kind)

    assert attack_everywhere(attack) == []


def test_fields_full_of_rubbish_are_refused(attack_everywhere: AttackEverywhere) -> None:
    names = field_names()
    assert {"pin", "password"} <= names

    def attack(on: Attack, rule: Rule) -> None:
        if "POST" not in (rule.methods or ()):
            return
        for value in on.values:
            secret = {name: MARK for name in names if name in SECRETS}
            plain = {name: value for name in names if name not in SECRETS}
            on.send("POST", fill(rule), f"fields of {value!r}", data=encode(plain | secret), content_type=FORM)
            on.send("POST", fill(rule), f"only {value!r}", data=encode(dict.fromkeys(names, value)), content_type=FORM)

    assert attack_everywhere(attack) == []


@one_engine
def test_fields_that_come_twice_or_as_files_are_refused_or_read_once(attack_everywhere: AttackEverywhere) -> None:
    names = field_names()

    def attack(on: Attack, rule: Rule) -> None:
        if "POST" not in (rule.methods or ()):
            return
        doubled = "&".join(f"{name}=1&{name}=2" for name in names)
        on.send("POST", fill(rule), "doubled fields", data=doubled, content_type=FORM)
        on.send(
            "POST", fill(rule), "a thousand fields", data="&".join(f"a{n}=1" for n in range(1_500)), content_type=FORM
        )
        parts = "".join(
            f'--x\r\nContent-Disposition: form-data; name="{name}"; filename="../a\\b\x00.bin"\r\n\r\nabc\r\n'
            for name in names
        )
        on.send("POST", fill(rule), "files", data=parts + "--x--\r\n", content_type="multipart/form-data; boundary=x")

    assert attack_everywhere(attack) == []


def test_queries_full_of_rubbish_are_refused_or_ignored(attack_everywhere: AttackEverywhere) -> None:
    names = query_names()

    def attack(on: Attack, rule: Rule) -> None:
        if "GET" not in (rule.methods or ()):
            return
        for value in on.values:
            on.send("GET", f"{fill(rule)}?{encode(dict.fromkeys(names, value))}", f"query {value!r}")
        doubled = "&".join(f"{name}=1&{name}=2" for name in names)
        for query in on.choose((doubled, "%", "%ff=%fe&next=%ff", "&&&===", "next[]=1", "a" * 20_000), 2):
            on.send("GET", f"{fill(rule)}?{query}", f"query {query[:30]!r}")

    assert attack_everywhere(attack) == []


def test_addresses_of_things_that_are_not_are_refused(attack_everywhere: AttackEverywhere) -> None:
    things = [
        b"0",
        b"-1",
        b"1",
        b"9" * 40,
        b"x" * 3_000,
        b"\x00",
        b"\xff\xfe",
        b"%",
        b"..",
        b"\xf0\x9f\x92\xa9",
        b"901190000999",
    ]
    things += [b"health_insurance", b"<script>alert(1)</script>", b"9223372036854775808", b"2147483648"]

    def attack(on: Attack, rule: Rule) -> None:
        if not rule.arguments:
            return
        for thing in on.choose(things, 5):
            url = re.sub(r"<[^>]+>", quote_from_bytes(thing, safe=""), rule.rule)
            for method in (rule.methods or set()) - {"OPTIONS", "HEAD"}:
                on.send(method, url, f"the address {thing[:30]!r}")

    assert attack_everywhere(attack) == []


@one_engine
def test_credentials_that_are_none_are_refused(attack_everywhere: AttackEverywhere) -> None:
    credentials = [
        "Basic", "Basic !!!", "Basic " + "A" * 10_000, "Basic /////w==", "Basic Og==", "Basic AAAA", "Bearer", "Bearer ",
        "Bearer  x", "Bearer " + "x" * 10_000, "Bearer \xff", "Bearer a.b.c", "bearer x, Bearer y", "Digest x=y", "\xff\xfe",
        f"Bearer {MARK}",
    ]  # fmt: skip
    cookies = [{"Cookie": value} for value in (f"{COOKIE}={'x' * 5_000}", f"{COOKIE}=\xff", f"{COOKIE}=a\x00b")]
    headers = [{"Authorization": value} for value in credentials] + cookies

    def attack(on: Attack, rule: Rule) -> None:
        is_page = not rule.rule.startswith(JSON_PREFIXES)  # pages read cookies, and the header of programs not at all
        sending_each(headers[::8] + cookies if is_page else headers)(on, rule)

    assert attack_everywhere(attack) == []


@one_engine
def test_headers_that_are_no_such_thing_are_refused_or_ignored(attack_everywhere: AttackEverywhere) -> None:
    headers = [{"Cookie": value} for value in ("eid_form=rubbish", "=;=;;", "eid_locale=../x")]
    headers += [{"Accept-Language": value} for value in ("*", "vi;q=x", "x" * 5_000, "\xff")]
    headers += [
        {"Content-Length": "-1"},
        {"Content-Length": "x"},
        {"Transfer-Encoding": "x"},
        {"Content-Encoding": "gzip"},
        {"If-None-Match": "\xff"},
        {"If-Modified-Since": "yesterday"},
        {"Range": "bytes=5-1,x"},
        {"Accept": "no/such"},
    ]
    assert attack_everywhere(sending_each(headers)) == []


@one_engine
def test_what_is_too_large_is_refused_before_it_is_read(app: Flask, attack_everywhere: AttackEverywhere) -> None:
    """RFC 9110, section 15.5.14."""
    too_much = b"x" * (app.config["MAX_CONTENT_LENGTH"] + 1)
    answers: list[str] = []

    def attack(on: Attack, rule: Rule) -> None:
        if "POST" not in (rule.methods or ()) or on.caller.name != "stranger":
            return
        for kind in ("application/json", FORM, "multipart/form-data; boundary=x"):
            on.send("POST", fill(rule), f"too much {kind}", data=too_much, content_type=kind)

    assert attack_everywhere(attack) + answers == []


@one_engine
def test_a_form_without_its_token_is_refused_wherever_a_page_acts(app: Flask, callers: list[Caller]) -> None:
    """Cross-site request forgery: every POST of a page wants the token of a form of ours.

    But for the two endpoints to which other sites' forms lead (OpenID Connect Core 1.0, section 3.1.2.1; RP-Initiated Logout
    1.0, section 2): they keep what was asked, and ask back with a form of ours.
    """
    unguarded = []
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith(("authorization.", "end_session.")):
            continue
        if "POST" in (rule.methods or ()) and not rule.rule.startswith(JSON_PREFIXES):
            for caller in callers:
                client = app.test_client(use_cookies=False)
                answer = client.post(fill(rule), data={"pin": "1"}, headers={"Cookie": f"{COOKIE}={caller.cookie}"})
                if answer.status_code != 400 or b"form_expired" not in answer.data:
                    unguarded.append(f"{rule.rule}: {answer.status_code}")
    assert unguarded == []


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(VALUES),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_json_of_any_shape_is_refused(app: Flask, client: FlaskClient, data: st.DataObject) -> None:
    """Bodies that are nearly right: the API's own description says which fields there are, and each gets anything at all."""
    described = client.get("/api/openapi.json").get_json()
    wrong: list[str] = []
    for path, operations in described.get("paths", {}).items():
        schema = (
            operations.get("post", {})
            .get("requestBody", {})
            .get("content", {})
            .get("application/json", {})
            .get("schema")
        )
        if schema is None:
            continue
        fields = _fields_of(schema, described)
        body = {name: data.draw(JSON_VALUES, label=f"{path} {name}") for name in fields}
        attack = Attack(client, Caller("stranger", ""), wrong)
        url = re.sub(r"\{[^}]+\}", "1", path)
        attack.send("POST", url, str(body), data=json.dumps(body), content_type="application/json")
        db.session.remove()
    assert wrong == []


FORM = "application/x-www-form-urlencoded"


def sending_each(headers: list[dict[str, str]]) -> Callable[[Attack, Rule], None]:
    """An attack with these headers, one at a time, by every method that may be read or sent with."""

    def attack(on: Attack, rule: Rule) -> None:
        for sent in on.choose(headers, 3):
            for method in {"GET", "POST"} & (rule.methods or set()):
                on.send(method, fill(rule), str(sent), headers=sent)

    return attack


def fill(rule: Rule) -> str:
    """The rule's address with something plausible in each of its places."""
    chosen = re.sub(r'<any\("([^"]+)"[^>]*>', r"\1", rule.rule)
    long_enough = re.sub(r"<string\(minlength=(\d+)[^>]*>", lambda found: "1" * int(found[1]), chosen)
    return re.sub(r"<[^>]+>", "1", long_enough)


def encode(fields: dict[str, str]) -> str:
    return urlencode(fields, errors="surrogatepass")


def field_names() -> set[str]:
    """Every name of a form's field that the pages read, from their source, and those that OAuth has."""
    source = "\n".join(path.read_text() for path in WEB.glob("*.py"))
    read = set(re.findall(r"""(?:given\w*|form\.get(?:list)?)\(\s*["'](\w+)["']""", source))
    return read | {"pin", "phone", "code", "password", "passcode", "otp", *OAUTH_NAMES}


def query_names() -> set[str]:
    source = "\n".join(path.read_text() for path in WEB.glob("*.py"))
    read = set(re.findall(r"""args\.get(?:list)?\(\s*["'](\w+)["']""", source))
    return read | {"next", "level", "again", "ui_locales", "page", *OAUTH_NAMES}


OAUTH_NAMES = (
    "response_type", "client_id", "redirect_uri", "scope", "state", "nonce", "code_challenge", "code_challenge_method", "prompt",
    "max_age", "acr_values", "login_hint", "id_token_hint", "claims", "request", "request_uri", "response_mode", "display",
    "grant_type", "code_verifier", "client_secret", "refresh_token", "authorization_details", "claims_locales",
)  # fmt: skip


def _fields_of(schema: dict[str, Any], described: dict[str, Any]) -> list[str]:
    if "$ref" in schema:
        schema = described["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]]
    return list(schema.get("properties", {}))
