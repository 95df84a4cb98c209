"""Many cards in one request: NDJSON in, NDJSON out, each answer as soon as its line is known.

Nothing is kept of a line once it is answered, no transaction is open while somebody sends or reads, and lines, their length, the
time that a batch takes and the batches at once are capped, so that nobody holds up the others, however large a batch is and
however slowly somebody reads. How lines are answered is in card_lines.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from http import HTTPStatus

from flask import Response, abort, request, stream_with_context
from flask_smorest import Blueprint
from marshmallow import fields

from eid.api.card_lines import Answer, BatchLine, answer_lines, describe_refusal
from eid.api.cards import CardVerdict
from eid.api.ndjson import BLOCK, LARGE_BLOCK, MEDIA_TYPE, Line, read_lines
from eid.api.slots import Slot, Slots
from eid.callers import Caller, callable_by
from eid.clock import wall_now
from eid.config import current_settings
from eid.errors import Malformed, Refusal, Unavailable
from eid.intake import streams

MAX_LINES = 1_000_000
MAX_TIME = timedelta(hours=1)
MOST_TOGETHER = 32
"""Lines in one transaction, where so many have come."""
BATCHES_AT_ONCE = 2
"""In one process. A client that stops reading holds a thread of the server until it goes; the others stay free."""

blueprint = Blueprint("card_batches", __name__, url_prefix="/api/v1", description="Many cards in one request")


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
or of {LARGE_BLOCK:,} where the body's length was announced, so do not wait for an answer before you send the next line. Fewer
answers than lines mean that the batch was cut."""


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
    length = request.content_length or None
    block_bytes = LARGE_BLOCK if length else BLOCK
    max_bytes = current_settings().max_request_bytes
    blocks = read_lines(request.stream.read, max_bytes=max_bytes, block_bytes=block_bytes, length=length)
    response = Response(stream_with_context(_answer_until_end(blocks, slot)), content_type=MEDIA_TYPE)
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Accel-Buffering"] = "no"  # or a proxy may keep the answers until it has all of them
    response.call_on_close(slot.give_back)  # of a batch whose answers nobody began to read, too
    return response


def _answer_until_end(blocks: Iterator[list[Line]], slot: Slot) -> Iterator[bytes]:
    try:
        yield from _answer_blocks(blocks)
    finally:
        slot.give_back()


def _answer_blocks(blocks: Iterator[list[Line]]) -> Iterator[bytes]:
    """Answers that are known together are sent together: each piece that is sent costs a server more than a line of it does."""
    ends_at, number = wall_now() + MAX_TIME, 0
    few = (block[at : at + MOST_TOGETHER] for block in blocks for at in range(0, len(block), MOST_TOGETHER))
    for lines in few:
        room = MAX_LINES - number if wall_now() < ends_at else 0
        for answers in answer_lines(lines[:room]):
            told = _until_accident(answers)
            yield b"".join([answer.write(number + at) for at, answer in enumerate(told, 1)])
            number += len(told)
            if told[-1].status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                return
        if len(lines) > room:
            yield describe_refusal(None, _find_reason(number)).write(number + 1)
            return


def _until_accident(answers: list[Answer]) -> list[Answer]:
    """These, up to the first that tells of something that nobody foresaw: nothing follows it."""
    at = next((at for at, one in enumerate(answers, 1) if one.status >= HTTPStatus.INTERNAL_SERVER_ERROR), None)
    return answers[:at]


def _find_reason(number: int) -> Refusal:
    """Why a batch ends after so many lines, although there are more."""
    if number >= MAX_LINES:
        return Malformed("batch_too_long", "A batch has at most a million lines; send the rest in another.")
    return Unavailable("batch_too_late", "The batch took too long; send the rest in another.")
