"""Reviews: what waits for officers by its deadline, taken over, examined and decided; and each request as its paper form."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from eid.accounts.request_lifecycle import RequestState
from eid.accounts.request_plans import RequestKind
from eid.accounts.request_queue import ORDERS, find_queue, find_review
from eid.accounts.requests import decide_request, take_over_request
from eid.cards.portrait import draw_portrait
from eid.clock import world_today
from eid.errors import NotFound
from eid.web.forms import given, refused_on
from eid.web.request_words import KINDS
from eid.web.session import officer_only, the_officer

DECISIONS = {"approve": RequestState.APPROVED, "refuse": RequestState.REFUSED}

blueprint = Blueprint("desk_reviews", __name__, url_prefix="/desk/reviews")


@blueprint.get("")
@officer_only
def show_reviews() -> str:
    chosen: dict[str, Any] = {
        "kind": request.args.get("kind", "")[:32],
        "mine": "yes" if request.args.get("mine") == "yes" else "",
        "order": request.args.get("order", "") if request.args.get("order", "") in ORDERS else "due",
    }
    page = request.args.get("page", "1")
    queue = find_queue(
        officer=the_officer().account_id,
        kind=chosen["kind"],
        mine=chosen["mine"] == "yes",
        order=chosen["order"],
        page=int(page) if page.isascii() and page.isdigit() and len(page) < 9 else 1,
    )
    return render_template(
        "desk_reviews/reviews.html",
        queue=queue,
        chosen=chosen,
        kinds=[(str(kind), str(KINDS[kind])) for kind in RequestKind],
        address_of=lambda page: url_for("desk_reviews.show_reviews", **chosen, page=page),
    )


@blueprint.get("/<int:request_id>")
@officer_only
def show_review(request_id: int) -> str:
    review = find_review(request_id, officer=the_officer().account_id)
    return render_template("desk_reviews/review.html", review=review, asked=review.request)


@blueprint.post("/<int:request_id>/take-over")
@officer_only
@refused_on("desk_reviews.show_review")
def take_over(request_id: int) -> Any:
    take_over_request(request_id, officer=the_officer().account_id)
    return _to_review(request_id, _("You work on this request now."))


@blueprint.post("/<int:request_id>/decide")
@officer_only
@refused_on("desk_reviews.show_review")
def decide(request_id: int) -> Any:
    decision = DECISIONS.get(given("decision"), RequestState.REQUESTED)
    asked = decide_request(request_id, officer=the_officer().account_id, decision=decision, reason=given("reason", 400))
    done = {
        RequestState.APPROVED: _("The request is approved, and whoever asked is told."),
        RequestState.REFUSED: _("The request is refused, and whoever asked is told why."),
    }
    return _to_review(request_id, done.get(asked.state, _("Your part is done: another officer decides now.")))


@blueprint.get("/<int:request_id>/form")
@officer_only
def show_form(request_id: int) -> str:
    review = find_review(request_id, officer=the_officer().account_id)
    back = url_for("desk_reviews.show_review", request_id=request_id)
    return render_template(
        "requests/form.html", asked=review.request, person=review.person, today=world_today(), back=back
    )


@blueprint.get("/<int:request_id>/portrait")
@officer_only
def show_portrait(request_id: int) -> Response:
    """The portrait on record of whom the request is about, for the officer who has it."""
    person = find_review(request_id, officer=the_officer().account_id).person
    if person is None:
        raise NotFound("request_unknown", "There is no such request.")
    photo = draw_portrait(person.pin, sex=person.sex)
    return Response(photo.jpeg, mimetype="image/jpeg", headers={"Cache-Control": "no-store"})


def _to_review(request_id: int, done: str) -> Any:
    flash(done, "success")
    return redirect(url_for("desk_reviews.show_review", request_id=request_id), 303)
