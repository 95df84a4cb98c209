"""Lines of a batch of cards, answered: each as a single verification would be, and those that need no chip together.

Whatever is wrong with one line, it is that line's answer, and the next is answered all the same.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from marshmallow import ValidationError, fields, validate

from eid.api.cards import ActiveAuthentication, CardFiles
from eid.api.errors import build_accident_problem, build_problem
from eid.api.ndjson import Line
from eid.api.plain_lines import MAX_ID, read_plain_line
from eid.cards.receipts import CardReceipt, issue_card_receipt, issue_receipt_without_chip, issue_receipts_without_chip
from eid.cards.verdict_json import write_json
from eid.errors import Malformed, Refusal
from eid.intake import check_json
from eid.late_dataclasses import frozen
from eid.logs import log


class Answer(NamedTuple):
    """What there is to say to a line."""

    name: str | None
    """The line's id."""
    status: int
    members: bytes
    """What a single verification would have answered, with its status: JSON without the braces around it."""

    def write(self, number: int) -> bytes:
        """The answer to the line of this number, as a line."""
        return b'{"line":%d,"id":%b,%b}\n' % (number, write_json(self.name), self.members)


class BatchLine(CardFiles):
    """One line: an upload as of a single verification, whose chip need not have been asked."""

    id = fields.String(
        validate=validate.Length(max=MAX_ID),
        metadata={"description": "Any text of yours; the answer to this line bears it."},
    )
    active_authentication = fields.Nested(
        ActiveAuthentication,
        metadata={
            "description": "Without it the chip is not asked: active_authentication and clone_detection are not_checked, and the "
            "receipt says chip_proved false, because a copy of the files would pass as well."
        },
    )


@frozen
class _Read:
    """A line as it was read."""

    name: str | None
    upload: dict[str, Any] | None
    """None where there is an answer already."""
    answer: Answer | None = None

    @property
    def goes_together(self) -> bool:
        return self.upload is not None and "active_authentication" not in self.upload


def answer_lines(lines: Sequence[Line]) -> Iterator[list[Answer]]:
    """An answer for each line, in order, those together that are known together; lines in a row whose chips are not asked are
    verified by one transaction, which is committed before the first of them is answered."""
    for together, found in groupby(map(_read, lines), key=lambda one: one.goes_together):
        if together:
            yield from _answer_together(list(found))
        else:
            yield from ([_answer_alone(line)] for line in found)


def _read(line: Line) -> _Read:
    name: str | None = None
    try:
        plain = None if line is None else read_plain_line(line)
        if plain is not None:
            return _Read(plain.get("id"), plain)
        document = _parse_line(line)
        name = document["id"] if isinstance(document.get("id"), str) else None
        return _Read(name, _load(document))
    except Refusal as refusal:
        return _Read(name, None, describe_refusal(name, refusal))
    except Exception as error:  # noqa: BLE001 - the status has been sent, so that it cannot be a 500: the answer says it
        return _Read(name, None, _describe_problem(name, build_accident_problem(error)))


def _answer_together(lines: list[_Read]) -> Iterator[list[Answer]]:
    try:
        found = issue_receipts_without_chip([line.upload["files"] for line in lines if line.upload])
    except Exception as error:  # noqa: BLE001 - whose accident it was shows when each is tried alone, and is told there
        log.warning("lines_apart", reason=type(error).__name__)
        yield from ([_answer_alone(line)] for line in lines)
        return
    yield [
        _describe(line.name, one) if isinstance(one, CardReceipt) else describe_refusal(line.name, one)
        for line, one in zip(lines, found, strict=True)
    ]


def _answer_alone(line: _Read) -> Answer:
    if line.upload is None:
        assert line.answer is not None
        return line.answer
    try:
        return _describe(line.name, _verify(line.upload))
    except Refusal as refusal:
        return describe_refusal(line.name, refusal)
    except Exception as error:  # noqa: BLE001 - as in _read
        return _describe_problem(line.name, build_accident_problem(error))


def _verify(upload: dict[str, Any]) -> CardReceipt:
    answer = upload.get("active_authentication")
    if answer is None:
        return issue_receipt_without_chip(upload["files"])
    return issue_card_receipt(upload["files"], **answer)


def describe_refusal(name: str | None, refusal: Refusal) -> Answer:
    """What there is to say to a line of this id that is refused."""
    return _describe_problem(name, build_problem(refusal))


def _describe_problem(name: str | None, problem: dict[str, Any]) -> Answer:
    return Answer(name, problem["status"], write_json(problem)[1:-1])


def _describe(name: str | None, issued: CardReceipt) -> Answer:
    return Answer(name, 200, b'"status":200,' + issued.write_verdict())


def _parse_line(line: Line) -> dict[str, Any]:
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
