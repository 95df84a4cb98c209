"""Lines of a batch of cards, answered: each as a single verification would be, and those that need no chip together.

Whatever is wrong with one line, it is that line's answer, and the next is answered all the same.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from marshmallow import ValidationError, fields, validate

from eid.api.cards import ActiveAuthentication, CardFiles, build_verdict
from eid.api.errors import build_accident_problem, build_problem
from eid.api.ndjson import Line
from eid.cards.receipts import CardReceipt, issue_card_receipt, issue_receipt_without_chip, issue_receipts_without_chip
from eid.errors import Malformed, Refusal
from eid.intake import check_json
from eid.logs import log

Answer = tuple[str | None, dict[str, Any]]
"""The line's id, and what a single verification would have answered, with its status."""


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


@dataclass(frozen=True)
class _Read:
    """A line as it was read."""

    name: str | None
    upload: dict[str, Any] | None
    """None where there is an answer already."""
    answer: dict[str, Any] | None = None

    @property
    def goes_together(self) -> bool:
        return self.upload is not None and "active_authentication" not in self.upload


def answer_lines(lines: Sequence[Line]) -> Iterator[Answer]:
    """An answer for each line, in order; lines in a row whose chips are not asked are verified by one transaction, which is
    committed before the first of them is answered."""
    for together, found in groupby(map(_read, lines), key=lambda one: one.goes_together):
        if together:
            yield from _answer_together(list(found))
        else:
            yield from map(_answer_alone, found)


def _read(line: Line) -> _Read:
    name: str | None = None
    try:
        document = _parse_line(line)
        name = document["id"] if isinstance(document.get("id"), str) else None
        return _Read(name, _load(document))
    except Refusal as refusal:
        return _Read(name, None, build_problem(refusal))
    except Exception as error:  # noqa: BLE001 - the status has been sent, so that it cannot be a 500: the answer says it
        return _Read(name, None, build_accident_problem(error))


def _answer_together(lines: list[_Read]) -> Iterator[Answer]:
    try:
        found = issue_receipts_without_chip([line.upload["files"] for line in lines if line.upload])
    except Exception as error:  # noqa: BLE001 - whose accident it was shows when each is tried alone, and is told there
        log.warning("lines_apart", reason=type(error).__name__)
        yield from map(_answer_alone, lines)
        return
    for line, one in zip(lines, found, strict=True):
        yield line.name, _describe(one) if isinstance(one, CardReceipt) else build_problem(one)


def _answer_alone(line: _Read) -> Answer:
    if line.upload is None:
        assert line.answer is not None
        return line.name, line.answer
    try:
        return line.name, _describe(_verify(line.upload))
    except Refusal as refusal:
        return line.name, build_problem(refusal)
    except Exception as error:  # noqa: BLE001 - as in _read
        return line.name, build_accident_problem(error)


def _verify(upload: dict[str, Any]) -> CardReceipt:
    answer = upload.get("active_authentication")
    if answer is None:
        return issue_receipt_without_chip(upload["files"])
    return issue_card_receipt(upload["files"], **answer)


def _describe(issued: CardReceipt) -> dict[str, Any]:
    return {"status": 200, **build_verdict(issued)}


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
