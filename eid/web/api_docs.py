"""The API's description as pages, one a subject: read from the OpenAPI document itself, so that the two cannot differ."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Blueprint, current_app, render_template

from eid.callers import Caller, callable_by
from eid.errors import NotFound
from eid.late_dataclasses import frozen
from eid.web.navigation import is_routed

blueprint = Blueprint("api_docs", __name__)

Json = Mapping[str, Any]

PROTOCOLS = (
    ("/.well-known/openid-configuration", "OpenID Connect Discovery 1.0"),
    ("/.well-known/oauth-authorization-server", "RFC 8414"),
    ("/.well-known/openid-credential-issuer", "OpenID for Verifiable Credential Issuance 1.0"),
    ("/oauth/jwks.json", "RFC 7517"),
    ("/healthz", ""),
    ("/readyz", ""),
    ("/metrics", ""),
)
"""What is described by its own specification; every other OAuth address is found from the first."""

DEEPEST = 4
"""Levels of nested objects that are shown; deeper ones are named."""


@frozen
class Value:
    """A parameter or a field: nested ones have dotted names."""

    name: str
    type: str
    required: bool
    about: str


@frozen
class Body:
    media_type: str
    values: list[Value]
    example: str


@frozen
class Answer:
    status: str
    about: str
    body: Body | None


@frozen
class Operation:
    method: str
    address: str
    summary: str
    about: str
    parameters: list[Value]
    body: Body | None
    answers: list[Answer]

    @property
    def anchor(self) -> str:
        return f"{self.method}-{self.address}".lower().translate(str.maketrans("/{}", "---"))


@dataclass
class Subject:
    name: str
    about: str
    operations: list[Operation] = field(default_factory=list)


@blueprint.get("/api/docs")
@callable_by(Caller.ANYBODY)
def show_description() -> str:
    document = _read_document()
    protocols = [(address, name) for address, name in PROTOCOLS if is_routed(address)]
    return render_template(
        "api_docs/show.html", info=document["info"], subjects=read_subjects(document), protocols=protocols
    )


@blueprint.get("/api/docs/<name>")
@callable_by(Caller.ANYBODY)
def show_subject(name: str) -> str:
    return render_template("api_docs/subject.html", subject=find_subject(_read_document(), name))


def find_subject(document: Json, name: str) -> Subject:
    """The operations of this tag. Raises NotFound: subject_unknown."""
    for subject in read_subjects(document):
        if subject.name == name:
            return subject
    raise NotFound("subject_unknown", "The API has no operations under this name.")


def _read_document() -> Json:
    document: Json = current_app.extensions["flask-smorest"]["apis"][""]["ext_obj"].spec.to_dict()
    return document


def read_subjects(document: Json) -> list[Subject]:
    """The operations of an OpenAPI 3 document by their first tag, in the document's order."""
    subjects = {tag["name"]: Subject(tag["name"], tag.get("description", "")) for tag in document.get("tags", ())}
    for address, item in document.get("paths", {}).items():
        for method, operation in item.items():
            if method not in ("get", "post", "put", "patch", "delete"):
                continue
            name = (operation.get("tags") or ["other"])[0]
            subject = subjects.setdefault(name, Subject(name, ""))
            subject.operations.append(_read_operation(document, method, address, item, operation))
    return [subject for subject in subjects.values() if subject.operations]


def _read_operation(document: Json, method: str, address: str, item: Json, operation: Json) -> Operation:
    parameters = [resolve(document, p) for p in [*item.get("parameters", ()), *operation.get("parameters", ())]]
    answers = operation.get("responses", {}).items()
    return Operation(
        method=method.upper(),
        address=address,
        summary=operation.get("summary", ""),
        about=operation.get("description", ""),
        parameters=[_read_parameter(document, parameter) for parameter in parameters],
        body=_read_body(document, operation.get("requestBody", {})),
        answers=[_read_answer(document, status, answer) for status, answer in answers if status != "default"],
    )


def _read_parameter(document: Json, parameter: Json) -> Value:
    schema = resolve(document, parameter.get("schema", {}))
    about = parameter.get("description") or schema.get("description", "")
    return Value(parameter["name"], write_type(document, schema), parameter.get("required", False), about)


def _read_answer(document: Json, status: str, answer: Json) -> Answer:
    answer = resolve(document, answer)
    return Answer(str(status), answer.get("description", ""), _read_body(document, answer))


def _read_body(document: Json, holder: Json) -> Body | None:
    for media_type, content in resolve(document, holder).get("content", {}).items():
        schema = content.get("schema", {})
        example = content.get("example", build_example(document, schema))
        text = example if isinstance(example, str) else json.dumps(example, ensure_ascii=False, indent=2)
        return Body(media_type, list(_read_fields(document, schema)), text)
    return None


def _read_fields(document: Json, schema: Json, prefix: str = "", depth: int = 0) -> Iterator[Value]:
    schema = resolve(document, schema)
    if schema.get("type") == "array":
        yield from _read_fields(document, schema.get("items", {}), f"{prefix[:-1]}[]." if prefix else "[].", depth + 1)
    required = schema.get("required", ())
    for name, part in schema.get("properties", {}).items():
        part = resolve(document, part)
        yield Value(f"{prefix}{name}", write_type(document, part), name in required, part.get("description", ""))
        if depth < DEEPEST:
            yield from _read_fields(document, part, f"{prefix}{name}.", depth + 1)


def resolve(document: Json, thing: Json) -> Json:
    """What a reference of this document leads to; the thing itself where it is none."""
    while "$ref" in thing:
        found: Any = document
        for part in thing["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        thing = found
    return thing


def write_type(document: Json, schema: Json) -> str:
    """A schema's type in a word or two: `string (date)`, `array of object`, `"vi" or "en"`."""
    schema = resolve(document, schema)
    if "enum" in schema:
        return " | ".join(json.dumps(value, ensure_ascii=False) for value in schema["enum"])
    kinds = schema.get("type", "object" if "properties" in schema else "any")
    kind = " | ".join(kinds) if isinstance(kinds, list) else kinds
    if kind == "array":
        return f"array of {write_type(document, schema.get('items', {}))}"
    return f"{kind} ({schema['format']})" if "format" in schema else kind


EXAMPLES = {
    "string": "…",
    "integer": 1,
    "number": 1.5,
    "boolean": True,
    "string/date": "2026-09-05",
    "string/date-time": "2026-09-05T01:30:00Z",
    "string/uri": "https://service.example/",
    "string/url": "https://service.example/",
    "string/byte": "aGVsbG8=",
}


def build_example(document: Json, schema: Json, depth: int = 0) -> Any:
    """A value that has this schema's form: its examples where it gives some, else one by type."""
    schema = resolve(document, schema)
    for known in ("example", "default"):
        if known in schema:
            return schema[known]
    if "enum" in schema:
        return schema["enum"][0]
    kinds = schema.get("type", "object")
    kind = kinds[0] if isinstance(kinds, list) else kinds
    if kind == "array":
        return [build_example(document, schema.get("items", {}), depth + 1)] if depth < DEEPEST else []
    if kind == "object":
        parts = schema.get("properties", {}) if depth < DEEPEST else {}
        return {name: build_example(document, part, depth + 1) for name, part in parts.items()}
    return EXAMPLES.get(f"{kind}/{schema.get('format')}", EXAMPLES.get(kind))
