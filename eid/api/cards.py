"""Cards for relying services: a challenge for a chip, and the verification of its files and answer, with a signed receipt.

What is verified, step by step, is in eid.crypto.passive_auth; a card is known by the SHA-256 of its EF.SOD.
"""

from __future__ import annotations

import base64
from binascii import a2b_base64
from http import HTTPStatus
from typing import Any

from flask import Response
from flask_smorest import Blueprint
from marshmallow import Schema, ValidationError, fields, validate

from eid.api.access import current_client
from eid.callers import Caller, callable_by
from eid.cards.challenges import open_challenge
from eid.cards.document import describe_verification
from eid.cards.receipts import issue_card_receipt
from eid.cards.verification import MAX_FILES
from eid.credentials.catalogue import CATALOGUE
from eid.credentials.counter import disclose_papers_by_card
from eid.crypto.report import Result
from eid.crypto.tlv import MAX_BYTES

blueprint = Blueprint("cards", __name__, url_prefix="/api/v1", description="Chip cards, verified")

MAX_CHALLENGE_ID = 64
MAX_RESPONSE_BYTES = 1024
"""An RSA chip of 8192 bits; none answers with more."""


def _count_letters(max_bytes: int) -> int:
    """At most so many letters of base64 hold so many bytes."""
    return 4 * (max_bytes // 3 + 1)


MAX_FILE_LETTERS = _count_letters(MAX_BYTES)
"""Of a file in base64."""


def decode_base64(value: object, *, max_bytes: int) -> bytes | None:
    """What this is base64 of (RFC 4648, section 4); None where it is none, or of more bytes."""
    if not isinstance(value, str) or len(value) > _count_letters(max_bytes):
        return None
    try:
        return a2b_base64(value, strict_mode=True)
    except ValueError:  # of binascii, or of letters that are not ASCII
        return None


class Base64(fields.Field):  # type: ignore[type-arg]
    """Bytes, written in base64 (RFC 4648, section 4), at most so many."""

    def __init__(self, *, max_bytes: int, **kwargs: Any) -> None:
        super().__init__(metadata={"type": "string", "format": "byte"}, **kwargs)
        self.max_bytes = max_bytes

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> bytes:
        if not isinstance(value, str) or len(value) > _count_letters(self.max_bytes):
            raise ValidationError(f"This must be base64 of at most {self.max_bytes} bytes.")
        decoded = decode_base64(value, max_bytes=self.max_bytes)
        if decoded is None:
            raise ValidationError("This is not base64.")
        return decoded


class Files(fields.Dict):
    """Files by name, in base64."""

    def __init__(self, *, max_name: int, max_bytes: int, **kwargs: Any) -> None:
        names = fields.String(validate=validate.Length(max=max_name))
        super().__init__(keys=names, values=Base64(max_bytes=max_bytes), **kwargs)
        self._max_name, self._max_bytes = max_name, max_bytes

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        """Where all is well, straight; otherwise each name and file by its field, which says what is wrong."""
        decoded = self.decode_all(value) if isinstance(value, dict) else None
        if decoded is None:
            return super()._deserialize(value, attr, data, **kwargs)  # type: ignore[no-untyped-call]
        return decoded

    def decode_all(self, files: dict[str, Any]) -> dict[str, bytes] | None:
        """None where something is wrong with one."""
        decoded = {}
        for name, text in files.items():
            content = decode_base64(text, max_bytes=self._max_bytes)
            if content is None or len(name) > self._max_name:
                return None
            decoded[name] = content
        return decoded


_FILES = Files(
    max_name=64,
    max_bytes=MAX_BYTES,
    required=True,
    validate=validate.Length(min=1, max=MAX_FILES),
    metadata={"description": "EF.SOD, EF.DG1, … by name; never chip_keys.json."},
)


class CardChallenge(Schema):
    id = fields.String(required=True)
    challenge = fields.String(required=True, metadata={"description": "Eight bytes in base64, for the chip to sign."})


class ActiveAuthentication(Schema):
    challenge_id = fields.String(required=True, validate=validate.Length(max=MAX_CHALLENGE_ID))
    response = Base64(required=True, max_bytes=MAX_RESPONSE_BYTES)


class CardFiles(Schema):
    files = _FILES

    def load(self, data: Any, **kwargs: Any) -> Any:
        """The usual upload straight, where all is well with it; any other field by field, which says what is wrong."""
        usual = _read_usual_upload(data)
        return super().load(data, **kwargs) if usual is None else usual


def _read_usual_upload(data: Any) -> dict[str, Any] | None:
    """Files with a chip's answer and nothing else; None for what is not so, and where something is wrong with it."""
    if not isinstance(data, dict) or data.keys() != {"files", "active_authentication"}:
        return None
    files, answer = data["files"], data["active_authentication"]
    if not isinstance(files, dict) or not 0 < len(files) <= MAX_FILES:
        return None
    if not isinstance(answer, dict) or answer.keys() != {"challenge_id", "response"}:
        return None
    challenge_id, decoded = answer["challenge_id"], _FILES.decode_all(files)
    response = decode_base64(answer["response"], max_bytes=MAX_RESPONSE_BYTES)
    if decoded is None or response is None or not isinstance(challenge_id, str) or len(challenge_id) > MAX_CHALLENGE_ID:
        return None
    return {"files": decoded, "active_authentication": {"challenge_id": challenge_id, "response": response}}


class CardUpload(CardFiles):
    active_authentication = fields.Nested(ActiveAuthentication, required=True)
    papers = fields.List(
        fields.String(validate=validate.OneOf(list(CATALOGUE))),
        validate=validate.Length(max=len(CATALOGUE)),
        metadata={
            "description": "Papers of the card's holder that are to be answered too. They need an access token of the client's "
            "own (grant_type client_credentials) that covers the scope of each."
        },
    )


class VerificationStep(Schema):
    step = fields.String(required=True)
    result = fields.String(required=True, validate=validate.OneOf(list(map(str, Result))))
    code = fields.String(required=True, allow_none=True)
    detail = fields.String(required=True)
    evidence = fields.Dict(
        metadata={"description": "What it was found by, where there is something: digests, names, dates."}
    )


class CardVerdict(Schema):
    verdict = fields.String(required=True, metadata={"description": "verified"})
    steps = fields.List(fields.Nested(VerificationStep), required=True)
    document = fields.Dict(required=True)
    receipt = fields.String(
        required=True, metadata={"description": "A compact JWS, typ eid-card-receipt+jwt, with a key of /api/v1/keys."}
    )


class CardVerdictWithPapers(CardVerdict):
    papers = fields.Dict(
        metadata={
            "description": "Where papers were asked for: what each says today, null where there is none in force."
        }
    )


@blueprint.post("/card-challenges")
@blueprint.response(HTTPStatus.OK, CardChallenge)
@blueprint.doc(summary="A challenge for a chip", description="One chip may answer it, once, within five minutes.")
@callable_by(Caller.ANYBODY)
def draw_challenge() -> Any:
    opened = open_challenge()
    written = b'{"challenge":"%b","id":"%b"}\n' % (base64.b64encode(opened.challenge), opened.id.encode())
    return Response(written, mimetype="application/json"), {"Cache-Control": "no-store"}


@blueprint.post("/card-verifications")
@blueprint.arguments(CardUpload())
@blueprint.response(HTTPStatus.OK, CardVerdictWithPapers)
@blueprint.doc(
    summary="Verify a card",
    description="Passive and active authentication, and whether the card is one of ours and good today.",
    security=[{}, {"bearer": []}, {"dpop": []}],
    responses={
        "401": "UNAUTHORIZED",
        "403": "FORBIDDEN",
        "422": {"description": "It is not; `step`, `code` and `steps` say why."},
    },
)
@callable_by(Caller.ANYBODY)
def verify(upload: dict[str, Any]) -> Any:
    papers = upload.get("papers", [])
    if not papers:
        issued = issue_card_receipt(upload["files"], **upload["active_authentication"])
        # what is JSON already is not put through the schema once more
        answer = Response(b"{%b}\n" % issued.write_verdict(), mimetype="application/json")
        return answer, {"Cache-Control": "no-store"}
    client = current_client(papers)
    found = disclose_papers_by_card(upload["files"], papers=papers, client=client, **upload["active_authentication"])
    verified = found.receipt.verification
    verdict = describe_verification(verified.document, verified.steps)
    return {**verdict, "receipt": found.receipt.token, "papers": found.papers}, {"Cache-Control": "no-store"}
