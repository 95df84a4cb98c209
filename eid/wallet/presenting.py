"""Answering a verifier (OpenID4VP 1.0): its request is read and verified, something that fits is chosen, and it is sent."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from cryptography import x509
from cryptography.exceptions import InvalidSignature

from eid.clock import wall_now
from eid.crypto.x509 import write_name
from eid.errors import Malformed, VerificationFailed
from eid.late_dataclasses import frozen
from eid.presentations.answers import build_answer, build_refusal
from eid.presentations.authorization_requests import (
    MEDIA_TYPE,
    Asked,
    Prefix,
    VerifiedRequest,
    parse_parameters,
    verify_request,
)
from eid.presentations.dcql import parse_query
from eid.presentations.dcql_matching import choose_answer
from eid.presentations.unverified import read_unverified
from eid.randomness import random_bytes
from eid.wallet.calling import FORM, Calls, post_form
from eid.wallet.folder import Kept
from eid.wallet.held import describe, present

_JSON = ("dcql_query", "client_metadata")
"""Parameters that are JSON in text where a request comes by value."""


@frozen
class Question:
    """What a verifier asks, and who it is."""

    asked: Asked
    certificate: str
    """The name in the verifier's certificate; empty where nobody signed."""
    is_known: bool
    """Whether one of the wallet's roots stands behind it."""


@frozen
class Chosen:
    """One credential that would answer, and what of it."""

    kept: Kept
    claims: Mapping[str, Any]
    """By name, what would be shown."""
    query_id: str
    presentation: str


def read_question(text: str, calls: Calls, *, roots: Sequence[x509.Certificate] = ()) -> Question:
    """The request of a link or a QR code. Raises VerificationFailed, Malformed (request_malformed), Unavailable."""
    parameters = {name: values[0] for name, values in parse_qs(urlsplit(text.strip()).query).items()}
    if "client_id" not in parameters:
        parameters = {"request_uri": text.strip()}
    if "request_uri" not in parameters:
        return _read_by_value(parameters)
    nonce = urlsafe_b64encode(random_bytes(16)).rstrip(b"=").decode()
    is_post = parameters.get("request_uri_method") == "post"
    token = _fetch(parameters["request_uri"], nonce if is_post else None, calls)
    named = parameters.get("client_id") or str(read_unverified(token)[1].get("client_id"))
    verified = verify_request(
        token, expected_client_id=named, expected_wallet_nonce=nonce if is_post else None, now=wall_now()
    )
    name = write_name(verified.certificate.raw_subject)
    return Question(verified.asked, name, _is_known(verified, roots))


def _fetch(url: str, nonce: str | None, calls: Calls) -> str:
    if nonce is None:
        return calls.fetch(url, accept=MEDIA_TYPE).body.decode("utf-8", "replace").strip()
    answer = calls.post(url, urlencode({"wallet_nonce": nonce}).encode(), FORM)
    if answer.status != 200:
        raise VerificationFailed("request", "request_over", "The verifier does not ask this, or not any more.")
    return answer.body.decode("utf-8", "replace").strip()


def _read_by_value(parameters: Mapping[str, str]) -> Question:
    """Section 5.9.3: nobody signed it, so it must be answered where its `client_id` says."""
    try:
        members = {name: json.loads(text) for name, text in parameters.items() if name in _JSON}
    except ValueError as error:
        raise Malformed("request_malformed", "The request cannot be read.") from error
    asked = parse_parameters({**dict[str, Any](parameters), **members})
    if asked.client_id != f"{Prefix.REDIRECT_URI}:{asked.response_uri}":
        raise VerificationFailed("client_id", "client_id", "The request is not signed by the verifier that it names.")
    return Question(asked, "", is_known=False)


def _is_known(verified: VerifiedRequest, roots: Sequence[x509.Certificate]) -> bool:
    certificate = x509.load_der_x509_certificate(verified.certificate.raw)
    for root in roots:
        try:
            certificate.verify_directly_issued_by(root)
        except (ValueError, TypeError, InvalidSignature):
            continue
        return True
    return False


def choose(question: Question, kept: Sequence[Kept]) -> list[Chosen]:
    """What would answer, of what was never shown before what was. Raises NotFound: nothing_fits."""
    asked, now = question.asked, wall_now()
    shown = [describe(each.held) for each in kept]
    found = []
    for name, choice in choose_answer(parse_query(asked.query), shown).items():
        one = kept[choice.number]
        told = {
            ".".join(map(str, claim.path)): _value(shown[choice.number].claims, claim.path) for claim in choice.claims
        }
        found.append(Chosen(one, told, name, present(one.held, choice.claims, asked, now=now)))
    return found


def _value(claims: Any, path: Sequence[Any]) -> Any:
    for step in path:
        claims = list(claims) if step is None else claims[step]
    return claims


def send_answer(question: Question, chosen: Sequence[Chosen], calls: Calls) -> str:
    """Where the verifier leads the holder; empty where nowhere. Raises Refused, where the verifier refuses."""
    presentations = {each.query_id: [each.presentation] for each in chosen}
    return _send(question, build_answer(presentations, asked=question.asked), calls)


def send_refusal(question: Question, calls: Calls) -> str:
    """As send_answer, for a holder who says no."""
    return _send(question, build_refusal(asked=question.asked), calls)


def _send(question: Question, form: dict[str, str], calls: Calls) -> str:
    return str(post_form(calls, question.asked.response_uri, form).get("redirect_uri", ""))
