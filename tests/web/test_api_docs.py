"""The page that describes the API says what the OpenAPI document says."""

from flask import Flask
from flask.testing import FlaskClient

from eid.web.api_docs import build_example, read_subjects, write_type

DOCUMENT = {
    "tags": [{"name": "cards", "description": "Chips."}, {"name": "unused"}],
    "paths": {
        "/api/v1/cards/{id}": {
            "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}],
            "post": {
                "tags": ["cards"],
                "summary": "Verify a card.",
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Card"}}}},
                "responses": {"200": {"$ref": "#/components/responses/Done"}, "default": {"description": "x"}},
            },
        }
    },
    "components": {
        "schemas": {
            "Card": {
                "required": ["files"],
                "properties": {
                    "files": {"type": "array", "items": {"$ref": "#/components/schemas/File"}},
                    "policy": {"type": "string", "enum": ["strict", "lenient"]},
                    "at": {"type": ["string", "null"], "format": "date"},
                },
            },
            "File": {"properties": {"name": {"type": "string", "example": "EF.SOD", "description": "its usual name"}}},
        },
        "responses": {
            "Done": {"description": "Done", "content": {"application/json": {"schema": {"type": "boolean"}}}}
        },
    },
}


def test_an_operation_is_read_whole() -> None:
    (subject,) = read_subjects(DOCUMENT)
    (operation,) = subject.operations
    assert (subject.name, operation.method, operation.address) == ("cards", "POST", "/api/v1/cards/{id}")
    assert [(value.name, value.type, value.required) for value in operation.parameters] == [("id", "integer", True)]
    assert operation.body is not None
    assert [(value.name, value.type, value.required) for value in operation.body.values] == [
        ("files", "array of object", True),
        ("files[].name", "string", False),
        ("policy", '"strict" | "lenient"', False),
        ("at", "string | null (date)", False),
    ]
    assert [(answer.status, answer.about) for answer in operation.answers] == [("200", "Done")]


def test_examples_have_the_form_that_they_show() -> None:
    assert build_example(DOCUMENT, {"$ref": "#/components/schemas/Card"}) == {
        "files": [{"name": "EF.SOD"}],
        "policy": "strict",
        "at": "2026-09-05",
    }


def test_a_schema_that_contains_itself_ends() -> None:
    tree = {"components": {"schemas": {"Node": {"properties": {"next": {"$ref": "#/components/schemas/Node"}}}}}}
    assert "next" in build_example(tree, {"$ref": "#/components/schemas/Node"})
    assert write_type(tree, {"$ref": "#/components/schemas/Node"}) == "object"


def test_every_operation_of_the_document_is_on_its_page_and_found_from_the_first(
    app: Flask, client: FlaskClient
) -> None:
    first = client.get("/api/docs").text
    document = client.get("/api/openapi.json").get_json()
    for subject in read_subjects(document):
        page = client.get(f"/api/docs/{subject.name}").text
        for operation in subject.operations:
            assert f'id="{operation.anchor}"' in page
            assert f'href="/api/docs/{subject.name}#{operation.anchor}"' in first
    assert "application/problem+json" in first


def test_a_subject_that_is_not_there_is_refused(client: FlaskClient) -> None:
    refused = client.get("/api/docs/weather")
    assert (refused.status_code, "subject_unknown" in refused.text) == (404, True)
