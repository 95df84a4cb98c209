"""The OpenAPI document at /api/openapi.json, made to say what is true here: refusals are RFC 9457 problem details.

flask-smorest describes its own form of errors and answers 422 to what has not the right form; eid.api.errors gives both
another shape, so the description is changed in the same way.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from apispec import BasePlugin
from flask_smorest import Api
from marshmallow import Schema, fields

from eid.api.errors import PROBLEM

ABOUT = "Identities, cards and papers of a simulated country. Times are RFC 3339 in UTC; binary values are base64."


DPOP_SCHEME = {
    "type": "http",
    "scheme": "DPoP",
    "description": "A token bound to a key, with a proof of that key in the header DPoP (RFC 9449, section 7.1).",
}


class ProblemSchema(Schema):
    """RFC 9457; `code` is stable and for programs, `detail` is for people."""

    type = fields.String(required=True, metadata={"example": "about:blank"})
    title = fields.String(required=True, metadata={"example": "Verification failed"})
    status = fields.Integer(required=True, metadata={"example": 422})
    code = fields.String(required=True, metadata={"example": "hash_mismatch"})
    detail = fields.String(required=True, metadata={"example": "A file of the chip was changed."})
    step = fields.String(metadata={"description": "the first step of a verification that failed"})
    fields_ = fields.Dict(data_key="fields", metadata={"description": "what is wrong, by field"})


class RefusalsAreProblems(BasePlugin):
    """What has not the right form is answered with 400 here, where flask-smorest would say 422."""

    def operation_helper(self, path: str | None = None, operations: dict[str, Any] | None = None, **_: Any) -> None:
        for operation in (operations or {}).values():
            responses = operation.get("responses", {})
            for status in [status for status, value in responses.items() if value == "UNPROCESSABLE_ENTITY"]:
                del responses[status]
                responses.setdefault(HTTPStatus.BAD_REQUEST, HTTPStatus.BAD_REQUEST.name)


class DescribedApi(Api):  # type: ignore[misc]
    """flask-smorest's Api whose document describes our refusals."""

    ERROR_SCHEMA = ProblemSchema

    def __init__(self, app: Any) -> None:
        super().__init__(app, spec_kwargs={"extra_plugins": [RefusalsAreProblems()], "info": {"description": ABOUT}})
        self.spec.components.security_scheme("bearer", {"type": "http", "scheme": "bearer"})
        self.spec.components.security_scheme("dpop", DPOP_SCHEME)

    def _register_responses(self) -> None:
        names = {status.name: status.phrase for status in HTTPStatus if status >= 400}
        for name, description in {**names, "DEFAULT_ERROR": "A refusal"}.items():
            response = {"description": description, "content": {PROBLEM: {"schema": ProblemSchema}}}
            self.spec.components.response(name, response, lazy=True)
