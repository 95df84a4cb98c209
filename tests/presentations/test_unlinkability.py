"""Two copies of one credential, shown at two places, have no more in common than the credentials of two different people.

OpenID4VCI, section 15.6.2; ISO/IEC 18013-5, E.8.4. Everything is compared, wherever it stands: headers, keys, digests, salts,
places in status lists, times, signatures, and what is embedded in CBOR.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from eid.clock import wall_now
from eid.crypto.cbor import Tag, parse_cbor
from eid.crypto.keys import generate_signing_key
from eid.crypto.sd_jwt import parse_sd_jwt
from eid.db import db
from eid.errors import Malformed
from eid.presentations.dcql import ClaimQuery
from eid.wallet.held import Held, decode, present
from tests.api.test_credentials import ask, prove
from tests.api.test_papers import GetToken
from tests.oauth.conftest import Citizen
from tests.people import record_added_licence
from tests.presentations.conversation import LICENCE_QUERY, MDL_QUERY, SPACE, Service, Wallet

TRUTH = "may_drive"
CASES = {
    "driving_licence_sd_jwt": LICENCE_QUERY
    | {"credentials": [LICENCE_QUERY["credentials"][0] | {"claims": [{"path": [TRUTH]}]}]},
    "driving_licence_mso_mdoc": MDL_QUERY
    | {"credentials": [MDL_QUERY["credentials"][0] | {"claims": [{"path": [SPACE, "age_over_18"]}]}]},
}


def values_of(text: str) -> set[Any]:
    """Every value in a presentation, however deep."""
    if "~" not in text:
        return set(walk(parse_cbor(decode(text))))
    sd_jwt = parse_sd_jwt(text)
    tokens = [part for token in (sd_jwt.issuer_jwt, sd_jwt.key_binding or "") for part in token.split(".")]
    found: set[Any] = {("str", tokens[2]), ("str", tokens[5])}
    for part in (*tokens[:2], *tokens[3:5], *sd_jwt.disclosures):
        found |= set(walk(json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))))
    return found


def walk(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from walk(name)
            yield from walk(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from walk(inner)
    elif isinstance(value, Tag):
        yield from walk(value.value)
    else:
        yield (type(value).__name__, value)
        if isinstance(value, bytes):
            yield from walk_embedded(value)


def walk_embedded(value: bytes) -> Iterator[Any]:
    try:
        inner = parse_cbor(value)
    except Malformed:
        return
    if isinstance(inner, dict | list | Tag):
        yield from walk(inner)


@pytest.fixture
def issue(client: FlaskClient, service: Service, get_token: GetToken) -> Callable[[Citizen, str], list[Held]]:
    """Two credentials of one batch."""

    def issue_batch(citizen: Citizen, configuration: str) -> list[Held]:
        keys = [generate_signing_key() for _ in range(2)]
        proofs = [prove(client, key) for key in keys]
        answer = ask(client, get_token(citizen, "driving_licence"), *proofs, credential_configuration_id=configuration)
        assert answer.status_code == 200, answer.text
        form = "dc+sd-jwt" if configuration.endswith("sd_jwt") else "mso_mdoc"
        issued = [each["credential"] for each in answer.get_json()["credentials"]]
        return [Held(form, credential, key) for credential, key in zip(issued, keys, strict=True)]

    return issue_batch


@pytest.mark.parametrize("configuration", list(CASES))
def test_two_presentations_share_no_value_but_the_issuers(
    client: FlaskClient,
    service: Service,
    issue: Callable[[Citizen, str], list[Held]],
    citizen: Citizen,
    make_citizen: Callable[..., Citizen],
    configuration: str,
) -> None:
    somebody_else = make_citizen(104)
    record_added_licence(somebody_else.person_id)
    db.session.commit()
    first, second = issue(citizen, configuration)
    [stranger, _other] = issue(somebody_else, configuration)
    query, now = CASES[configuration], wall_now()
    shown = []
    for held in (first, second, stranger):
        wallet = Wallet(client, [held])
        opened = service.ask(query)
        asked = wallet.read(opened).asked
        [name] = wallet.choose(asked)
        claims = query["credentials"][0]["claims"]
        text = present(held, [ClaimQuery(tuple(each["path"])) for each in claims], asked, now=now)
        assert wallet.send(asked, {name: [text]}).status_code == 200
        shown.append(values_of(text))
    one, other, strangers = shown
    assert one & other == one & strangers & other, (
        "two copies of one holder have something in common that others have not"
    )
    texts = {value for kind, value in one & other if kind in ("str", "bytes")}
    salts_keys_and_places = {value for value in texts if isinstance(value, bytes) and len(value) in (16, 32)}
    assert salts_keys_and_places == set()
    assert len(one - other) > 8


def test_what_is_shown_twice_from_one_copy_is_found_to_be_linked(
    client: FlaskClient, service: Service, issue: Callable[[Citizen, str], list[Held]], citizen: Citizen
) -> None:
    """Else a comparison that finds nothing would show nothing: one copy does have its salts, key and place in common."""
    for configuration, query in CASES.items():
        wallet = Wallet(client, issue(citizen, configuration)[:1])
        texts = [next(iter(wallet.choose(wallet.read(service.ask(query)).asked).values()))[0] for _ in range(2)]
        one, other = map(values_of, texts)
        shared = {value for kind, value in one & other if kind in ("str", "bytes")}
        assert any(len(value) in (22, 32, 43) for value in shared), configuration
