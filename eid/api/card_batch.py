"""Many cards in one request: NDJSON in, NDJSON out, each answer as soon as its line is known.

Nothing is kept of a line once it is answered, each line is a transaction of its own, and lines, their length, the time that a
batch takes and the batches at once are capped, so that nobody holds up the others, however large a batch is and however slowly
somebody reads.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from flask import Response, abort, request, stream_with_context
from flask_smorest import Blueprint
from marshmallow import ValidationError, fields, validate

from eid.api.cards import ActiveAuthentication, CardFiles, CardVerdict, build_verdict
from eid.api.errors import build_accident_problem, build_problem
from eid.api.ndjson import BLOCK, MEDIA_TYPE, read_lines
from eid.api.slots import Slot, Slots
from eid.callers import Caller, callable_by
from eid.cards.verification import issue_card_receipt, issue_receipt_without_chip
from eid.clock import wall_now
from eid.config import current_settings
from eid.errors import Malformed, Refusal, Unavailable
from eid.intake import check_json, streams

MAX_LINES = 1_000_000
MAX_TIME = timedelta(hours=1)
BATCHES_AT_ONCE = 2
"""In one process. A client that stops reading holds a thread of the server until it goes; the others stay free."""

blueprint = Blueprint("card_batches", __name__, url_prefix="/api/v1", description="Many cards in one request")


class BatchLine(CardFiles):
    """One line: an upload as of a single verification, whose chip need not have been asked."""

    id = fields.String(
        validate=validate.Length(max=128),
        metadata={"description": "Any text of yours; the answer to this line bears it."},
    )
    active_authentication = fields.Nested(
        ActiveAuthentication,
        metadata={
            "description": "Without it the chip is not asked: active_authentication and clone_detection are not_checked, and the "
            "receipt says chip_proved false, because a copy of the files would pass as well."
        },
    )


class BatchAnswer(CardVerdict):
    line = fields.Integer(
        required=True, metadata={"description": "Which line this answers: blank ones are not counted."}
    )
    id = fields.String(required=True, allow_none=True, metadata={"description": "That of the line, where it had one."})
    status = fields.Integer(
        required=True,
        metadata={
            "description": "What a single verification would have answered: 200 with the members below, else with the members of "
            "its problem details."
        },
    )


_SLOTS = Slots(BATCHES_AT_ONCE)

_DESCRIPTION = f"""\
One upload a line, one answer a line, in the same order and each as soon as it is known; `active_authentication` may be missing.
Blank lines are skipped, and a line that is refused does not end the batch. The body may be of any length and chunked; a line has
at most as many bytes as any other request, a batch {MAX_LINES:,} lines and an hour. Lines are read in blocks of {BLOCK:,} bytes,
so do not wait for an answer before you send the next line. Fewer answers than lines mean that the batch was cut."""


@blueprint.post("/card-verifications/batch")
@blueprint.doc(
    summary="Verify many cards",
    description=_DESCRIPTION,
    requestBody={"required": True, "content": {MEDIA_TYPE: {"schema": BatchLine}}},
    responses={
        "200": {"description": "An answer for each line.", "content": {MEDIA_TYPE: {"schema": BatchAnswer}}},
        "415": "UNSUPPORTED_MEDIA_TYPE",
        "429": "TOO_MANY_REQUESTS",
    },
)
@streams(MEDIA_TYPE)
@callable_by(Caller.ANYBODY)
def verify_batch() -> Response:
    if request.mimetype != MEDIA_TYPE:
        abort(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
    slot = _SLOTS.take()
    lines = read_lines(request.stream.read, max_bytes=current_settings().max_request_bytes)
    response = Response(stream_with_context(_answer_until_end(lines, slot)), content_type=MEDIA_TYPE)
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Accel-Buffering"] = "no"  # or a proxy may keep the answers until it has all of them
    response.call_on_close(slot.give_back)  # of a batch whose answers nobody began to read, too
    return response


def _answer_until_end(lines: Iterator[bytes | None], slot: Slot) -> Iterator[bytes]:
    try:
        yield from _answer_lines(lines)
    finally:
        slot.give_back()


def _answer_lines(lines: Iterator[bytes | None]) -> Iterator[bytes]:
    ends_at = wall_now() + MAX_TIME
    for number, line in enumerate(lines, 1):
        try:
            _check_may_go_on(number, is_late=wall_now() >= ends_at)
        except Refusal as refusal:
            yield _write(number, None, build_problem(refusal))
            return
        answer = _answer(line)
        yield _write(number, *answer)
        if answer[1]["status"] >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return


def _check_may_go_on(number: int, *, is_late: bool) -> None:
    if number > MAX_LINES:
        raise Malformed("batch_too_long", "A batch has at most a million lines; send the rest in another.")
    if is_late:
        raise Unavailable("batch_too_late", "The batch took too long; send the rest in another.")


def _answer(line: bytes | None) -> tuple[str | None, dict[str, Any]]:
    """The line's id and what a single verification would have answered. Whatever is wrong with one line, it is an answer."""
    name: str | None = None
    try:
        document = _parse_line(line)
        name = document["id"] if isinstance(document.get("id"), str) else None
        return name, {"status": 200, **_verify(_load(document))}
    except Refusal as refusal:
        return name, build_problem(refusal)
    except Exception as error:  # noqa: BLE001 - the status has been sent, so that it cannot be a 500: the answer says it
        return name, build_accident_problem(error)


def _parse_line(line: bytes | None) -> dict[str, Any]:
    if line is None:
        raise Malformed("line_too_long", "The line is longer than a request may be.")
    check_json(line)
    try:
        document = json.loads(line)
    except ValueError as error:
        raise Malformed("line_malformed", "The line is not JSON.") from error
    if not isinstance(document, dict):
        raise Malformed("line_malformed", "The line is not a JSON object.")
    return document


def _load(document: dict[str, Any]) -> dict[str, Any]:
    try:
        loaded: dict[str, Any] = _LINE.load(document)
    except ValidationError as error:
        found: Any = error.messages
        raise Malformed("malformed", "The line is no upload of a card.", fields=found) from error
    return loaded


_LINE = BatchLine()


def _verify(upload: dict[str, Any]) -> dict[str, Any]:
    answer = upload.get("active_authentication")
    if answer is None:
        return build_verdict(issue_receipt_without_chip(upload["files"]))
    return build_verdict(issue_card_receipt(upload["files"], **answer))


def _write(number: int, name: str | None, answer: dict[str, Any]) -> bytes:
    members = {"line": number, "id": name, **answer}
    return json.dumps(members, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
