"""Putting a paper or the identity card into a wallet: an offer as a QR code and as a link, made with the passcode; and what
wallets said of those that were made before."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, make_response, render_template

from eid.credentials.offering import find_offerable, offer_paper
from eid.web.forms import given_digits, refused_on
from eid.web.session import signed_in, the_session

blueprint = Blueprint("paper_offers", __name__, url_prefix="/citizen/papers")


@blueprint.get("/<paper>/wallet")
@signed_in
def show_wallets(paper: str) -> Response:
    return _private("citizen/paper_wallets.html", offerable=find_offerable(the_session().person_id, paper))


@blueprint.post("/<paper>/wallet")
@signed_in
@refused_on("paper_offers.show_wallets")
def make_paper_offer(paper: str) -> Any:
    """The offer is in this answer alone: to load it again makes another one, and ends this."""
    offer = offer_paper(the_session(), paper, passcode=given_digits("passcode"))
    offerable = find_offerable(the_session().person_id, paper)
    return _private("citizen/paper_offer.html", offerable=offerable, offer=offer)


def _private(template: str, **values: Any) -> Response:
    response = make_response(render_template(template, **values))
    response.headers["Cache-Control"] = "no-store"
    return response
