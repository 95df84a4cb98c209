"""The officer's pages of a card: made, handed over, cancelled, withheld, returned, lost, revoked; each is shown before it is
done."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext

from eid.accounts import card_desk
from eid.accounts.desk import find_opened_record
from eid.cards.folder import move_card_folder, write_card_folder
from eid.cards.lifecycle import CardEvent
from eid.config import current_settings
from eid.late_dataclasses import frozen
from eid.web.desk_fields import find_errors
from eid.web.forms import current_refusal, given, refused_on
from eid.web.session import officer_only, the_officer

blueprint = Blueprint("desk_cards", __name__, url_prefix="/desk/look-ups/<int:look_up_id>/card")


@frozen
class CardAct:
    event: CardEvent
    title: Any
    done: Any
    consequence: Any
    """What follows from it besides, in a sentence."""
    is_final: bool = False


ACTS: dict[str, CardAct] = {
    "hand-over": CardAct(
        CardEvent.HAND_OVER,
        lazy_gettext("Hand the card over"),
        lazy_gettext("The card is handed over."),
        lazy_gettext(
            "Look at the person: are they the one on the card? An account that was locked for the card is unlocked."
        ),
    ),
    "cancel": CardAct(
        CardEvent.CANCEL,
        lazy_gettext("Cancel the card"),
        lazy_gettext("The card is cancelled."),
        lazy_gettext("Nobody will ever get this card. The one that the person holds stays good."),
        is_final=True,
    ),
    "withhold": CardAct(
        CardEvent.WITHHOLD,
        lazy_gettext("Withhold the card"),
        lazy_gettext("The card is withheld."),
        lazy_gettext("The account, if any, is locked until the card is returned, and no other card is issued."),
    ),
    "return": CardAct(
        CardEvent.RETURN,
        lazy_gettext("Return the card"),
        lazy_gettext("The card is returned."),
        lazy_gettext("An account that was locked for the card is unlocked."),
    ),
    "lost": CardAct(
        CardEvent.REPORT_LOST,
        lazy_gettext("Report the card lost"),
        lazy_gettext("The card is reported lost."),
        lazy_gettext(
            "The account, if any, is locked until a new card is handed over. A card that is found again stays lost."
        ),
        is_final=True,
    ),
    "revoke": CardAct(
        CardEvent.REVOKE,
        lazy_gettext("Revoke the card"),
        lazy_gettext("The card is revoked."),
        lazy_gettext("The account, if any, is locked until a new card is handed over."),
        is_final=True,
    ),
}


_ACT = "/<any({}):act>".format(", ".join(f'"{act}"' for act in ACTS))


@blueprint.post("")
@officer_only
@refused_on("desk.show_record")
def issue_card(look_up_id: int) -> Any:
    issued = card_desk.issue_card_at_desk(look_up_id, officer=the_officer().account_id)
    settings = current_settings()
    if settings.is_demo:  # in the demo, the folder is the card
        write_card_folder(issued, settings.cards_dir / issued.pin)
    return _to_record(look_up_id, _("A new card is issued; the one before, if any, is replaced."))


@blueprint.post("/make")
@officer_only
@refused_on("desk.show_record")
def make_card(look_up_id: int) -> Any:
    made = card_desk.make_card_at_desk(look_up_id, officer=the_officer().account_id)
    settings = current_settings()
    if settings.is_demo:
        write_card_folder(made, settings.cards_dir / f"{made.pin}-waiting")
    return _to_record(look_up_id, _("A card is made; it waits to be handed over."))


@blueprint.get(_ACT)
@officer_only
@refused_on("desk.show_record")
def show_act(look_up_id: int, act: str) -> str:
    found, officer = ACTS[act], the_officer().account_id
    cards = [] if current_refusal() else card_desk.preview_card_act_at_desk(look_up_id, found.event, officer=officer)
    return render_template(
        "desk_cards/act.html",
        opened=find_opened_record(look_up_id, officer=officer),
        act=act,
        found=found,
        cards=cards,
        needs_reason=found.event in card_desk.WITH_REASON,
        reason=request.form.get("reason", "")[:200],
        errors=find_errors({"reason"}),
    )


@blueprint.post(_ACT)
@officer_only
@refused_on("desk_cards.show_act")
def act_on_card(look_up_id: int, act: str) -> Any:
    found, officer = ACTS[act], the_officer().account_id
    pin = card_desk.act_on_card_at_desk(look_up_id, found.event, reason=given("reason"), officer=officer)
    settings = current_settings()
    if settings.is_demo and found.event is CardEvent.HAND_OVER:
        move_card_folder(settings.cards_dir / f"{pin}-waiting", settings.cards_dir / pin)
    return _to_record(look_up_id, str(found.done))


def _to_record(look_up_id: int, done: str) -> Any:
    flash(done, "success")
    return redirect(url_for("desk.show_record", look_up_id=look_up_id), 303)
