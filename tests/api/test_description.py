"""The OpenAPI document tells the truth about refusals."""

from flask import Flask
from flask.views import MethodView
from flask_smorest import Blueprint
from marshmallow import Schema, fields

from eid.api.description import DescribedApi


class QuestionSchema(Schema):
    pin = fields.String(required=True)


def described() -> dict:  # type: ignore[type-arg]
    app = Flask("described")
    app.config.update(API_TITLE="t", API_VERSION="v1", OPENAPI_VERSION="3.1.0")
    api = DescribedApi(app)
    blueprint = Blueprint("questions", "questions", url_prefix="/api/v1/questions", description="Ask.")

    @blueprint.route("")
    class Questions(MethodView):
        @blueprint.arguments(QuestionSchema)
        @blueprint.response(201, QuestionSchema)
        def post(self, question: dict) -> dict:  # type: ignore[type-arg]
            return question

    with app.app_context():
        api.register_blueprint(blueprint)
        return dict(api.spec.to_dict())


def test_what_has_not_the_right_form_is_described_as_400_and_not_as_422() -> None:
    responses = described()["paths"]["/api/v1/questions"]["post"]["responses"]
    assert {"201", "400"} <= set(responses)
    assert "422" not in responses


def test_refusals_are_described_as_problem_details() -> None:
    """RFC 9457, section 3: the media type and the members of a problem details object."""
    document = described()
    content = document["components"]["responses"]["BAD_REQUEST"]["content"]
    assert list(content) == ["application/problem+json"]
    name = content["application/problem+json"]["schema"]["$ref"].rsplit("/", 1)[1]
    assert {"type", "title", "status", "detail", "code"} <= set(document["components"]["schemas"][name]["properties"])
