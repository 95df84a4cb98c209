"""The code of an identity card: what it says, for how long, and the step at which every altered one is refused."""

from __future__ import annotations

import json
import textwrap
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from joserfc import jwt
from joserfc.jwk import ECKey

from eid.credentials.card_code import LONGEST, ROTATION, TYP, CardHolder, build_card_code, verify_card_code
from eid.credentials.verification import Trust, check_shown_token, write_report
from eid.crypto.jwt import build_jwt
from eid.crypto.keys import SigningKey, generate_signing_key
from eid.errors import VerificationFailed
from tests.credentials.test_formats import make_token

NOW = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
ISSUER, KEY = "https://eid.example", generate_signing_key()
MINH = CardHolder("979085000102", "Trần Văn Minh", date(1985, 11, 2))
CODE = build_card_code(MINH, issuer=ISSUER, now=NOW, key=KEY)


def verify(token: str = CODE, *, later: timedelta = timedelta(0), key: SigningKey = KEY, issuer: str = ISSUER) -> Any:
    return verify_card_code(token, keys=[key.public_jwk()], expected_issuer=issuer, now=NOW + later)


def signed(typ: str = TYP, **changes: Any) -> str:
    seconds = int(NOW.timestamp())
    claims = {"iss": ISSUER, "iat": seconds, "exp": seconds + 50, "pin": MINH.pin, "name": MINH.name}
    return build_jwt({**claims, "birthdate": "1985-11-02", **changes}, key=KEY, typ=typ)


def test_a_code_says_who_is_shown_and_nothing_besides() -> None:
    assert verify().holder == MINH
    claims = jwt.decode(CODE, ECKey.import_key(KEY.public_jwk()), algorithms=["ES256"]).claims
    assert set(claims) == {"iss", "iat", "exp", "pin", "name", "birthdate"}


def test_a_code_is_taken_until_the_next_but_one_is_shown_and_never_after_a_minute() -> None:
    assert verify(later=ROTATION + timedelta(seconds=20)).holder == MINH
    assert verify(later=LONGEST - timedelta(seconds=1)).holder == MINH
    with pytest.raises(VerificationFailed) as refused:
        verify(later=LONGEST)
    assert (refused.value.step, refused.value.code) == ("exp", "token_expired")


@pytest.mark.parametrize(
    ("token", "given", "step", "code"),
    [
        ("nonsense", {}, "signature", "token_signature"),
        (CODE[:-4] + "AAAA", {}, "signature", "token_signature"),
        (CODE, {"key": generate_signing_key()}, "signature", "token_signature"),
        (signed(typ="JWT"), {}, "typ", "token_typ"),
        (make_token(), {}, "typ", "token_typ"),
        (CODE, {"issuer": "https://elsewhere.example"}, "iss", "token_issuer"),
        (CODE, {"later": -timedelta(minutes=1)}, "iat", "token_not_yet_valid"),
        (signed(exp=None), {}, "time", "token_time"),
        (signed(exp=int(NOW.timestamp()) + 3600), {}, "time", "token_lifetime"),
        (signed(pin=None), {}, "content", "token_content"),
        (signed(name=["x"]), {}, "content", "token_content"),
        (signed(birthdate="02/11/1985"), {}, "content", "token_content"),
    ],
)
def test_every_other_token_is_refused_at_its_step(token: str, given: dict[str, Any], step: str, code: str) -> None:
    with pytest.raises(VerificationFailed) as refused:
        verify(token, **given)
    assert (refused.value.step, refused.value.code) == (step, code)


def test_the_report_names_every_step_and_needs_no_issuer() -> None:
    report = check_shown_token(CODE, trust=Trust([KEY.public_jwk()], None), now=NOW)
    assert {step.step for step in report.steps if step.result == "not_checked"} == {"iss", "aud", "status"}
    document = write_report(report)
    json.dumps(document)
    assert (document["verdict"], document["paper"]) == ("verified", None)
    assert document["card"] == {
        "pin": MINH.pin,
        "name": MINH.name,
        "birthdate": "1985-11-02",
        "expires_at": "2026-01-05T08:00:50+00:00",
    }


@pytest.mark.parametrize(
    ("token", "later", "step", "code"),
    [
        (CODE, timedelta(minutes=2), "time", "token_expired"),
        (build_card_code(MINH, issuer=ISSUER, now=NOW, key=generate_signing_key()), timedelta(0), "key", "key_unknown"),
        (signed(birthdate=None), timedelta(0), "content", "token_content"),
    ],
)
def test_the_report_of_a_refused_code_ends_at_its_step(token: str, later: timedelta, step: str, code: str) -> None:
    report = check_shown_token(token, trust=Trust([KEY.public_jwk()], ISSUER), now=NOW + later)
    assert report.failure is not None
    assert (report.failure.step, report.failure.code, report.is_verified) == (step, code, False)


def test_the_example_of_the_documentation_takes_a_code_and_refuses_an_old_one() -> None:
    page = (Path(__file__).parent.parent.parent / "docs/papers.md").read_text(encoding="utf-8")
    lines = page.split("with any JOSE library, here joserfc:\n\n")[1].split("\n\nThat it is")[0]
    namespace: dict[str, Any] = {}
    exec(textwrap.dedent(lines), namespace)
    read, keys = namespace["read_card_code"], json.dumps({"keys": [KEY.public_jwk()]})
    with time_machine.travel(NOW + timedelta(seconds=59), tick=False):
        assert read(CODE, keys, ISSUER)["pin"] == MINH.pin
    for token, later in ((CODE, LONGEST), (signed(typ="JWT"), timedelta(0)), (signed(exp=4102444800), timedelta(0))):
        with time_machine.travel(NOW + later, tick=False), pytest.raises(ValueError, match="not a code"):
            read(token, keys, ISSUER)
