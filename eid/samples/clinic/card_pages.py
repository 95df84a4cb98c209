"""The counter's pages for who has no phone at hand: a card on the reader instead."""

from __future__ import annotations

import re
from typing import Any

from flask import Flask, current_app, redirect, render_template, request, session

from eid.samples.clinic.cards import CardRefused, OwnToken, list_cards, take_card
from eid.samples.clinic.config import ClinicConfig

_CARD = re.compile(r"\d{12}", re.ASCII)


def add_card_pages(app: Flask, config: ClinicConfig) -> None:
    """Afterwards the counter takes cards, too."""
    app.extensions["clinic.own_token"] = OwnToken(config)
    app.add_url_rule("/card", view_func=show_reader, methods=["GET"])
    app.add_url_rule("/card", view_func=take, methods=["POST"], endpoint="take_card")
    app.register_error_handler(CardRefused, show_refused_card)


def show_reader() -> str:
    return render_template("clinic/card.html", cards=list_cards(current_app.config["CLINIC"]))


def take() -> Any:
    if request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        raise CardRefused("reader", "form_elsewhere")  # a page of others may not make this counter read cards
    card = request.form.get("card", "")
    if not _CARD.fullmatch(card):
        raise CardRefused("reader", "card_unknown")
    visit = take_card(
        card,
        config=current_app.config["CLINIC"],
        token=current_app.extensions["clinic.own_token"],
        keys=current_app.extensions["clinic.keys"],
    )
    session.clear()
    session["visit"] = current_app.extensions["clinic.visits"].keep(visit)
    return redirect("/visit", 303)


def show_refused_card(refused: CardRefused) -> tuple[str, int]:
    page = render_template("clinic/problem.html", kind="card", code=f"{refused.step}: {refused.code}", why=refused.code)
    return page, 403
