"""Rules about accounts: whose must be locked, and what an open one needs. Asked with those of cards and of the population."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select
from sqlalchemy.orm import aliased

from eid.accounts.levels import AccountLevel
from eid.accounts.lifecycle import AccountState, LockReason
from eid.accounts.models import Account, AccountLock, Authenticator, AuthenticatorKind, SignInSession
from eid.accounts.representation_models import ForeignPaper, Guardianship
from eid.cards.models import Card, CardState
from eid.population.numbers import years_before
from eid.population.quality.questions import Check, P, day_in_vietnam, people_today, people_where
from eid.population.quality.rules import Dimension, Mender, Rule, Stage

C, S, L = Dimension.CORRECT, Dimension.SUFFICIENT, Dimension.LIVE
_AUTHORITY = Mender.AUTHORITY
YOUNGEST, YOUNGEST_OF_LEVEL_2 = 14, 6
NEEDED = (AuthenticatorKind.PASSWORD, AuthenticatorKind.PASSCODE)

_LATER = aliased(Card)
_NEVER_HANDED_OVER = (CardState.MADE, CardState.CANCELLED)
_is_newest_card = and_(
    Card.state.not_in(_NEVER_HANDED_OVER),
    ~exists().where(_LATER.person_id == Card.person_id, _LATER.id > Card.id, _LATER.state.not_in(_NEVER_HANDED_OVER)),
)
"""Of those that its holder ever got."""
_is_open = Account.state != AccountState.CLOSED


def _has_account(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """The person has an account, not closed, of which all of this is true."""
    return P.id.in_(select(Account.person_id).where(_is_open, *conditions))


def _is_locked_for(*reasons: LockReason) -> ColumnElement[bool]:
    """Whether one of these reasons, or any where none is named, is recorded."""
    of_account = select(AccountLock.account_id).where(AccountLock.account_id == Account.id)
    return exists(of_account.where(AccountLock.reason.in_(reasons)) if reasons else of_account)


def _newest_card(*conditions: ColumnElement[bool]) -> Select[int]:
    return select(Card.id).where(Card.person_id == Account.person_id, _is_newest_card, *conditions)


def _lacks_secret(kind: AuthenticatorKind) -> ColumnElement[bool]:
    return ~exists().where(Authenticator.account_id == Account.id, Authenticator.kind == kind)


def _is_too_young(today: date) -> ColumnElement[bool]:
    """Younger than 14 without a guardian who asked for it, or below six with an account of level 2."""
    guarded = exists().where(Guardianship.ward_id == P.id, Guardianship.ended_at.is_(None))
    alone = and_(P.birth_date > years_before(today, YOUNGEST), ~guarded, _has_account())
    of_level_2 = _has_account(Account.level == AccountLevel.TWO)
    return or_(alone, and_(P.birth_date > years_before(today, YOUNGEST_OF_LEVEL_2), of_level_2))


def _is_expired_in_use(today: date) -> ColumnElement[bool]:
    """The card is held still, its last day has passed, and the account was not locked for it."""
    held = Card.state == CardState.ACTIVE
    return _has_account(exists(_newest_card(held, Card.expires_on < today)), ~_is_locked_for(LockReason.CARD))


def _has_good_card(today: date) -> ColumnElement[bool]:
    """The account is locked for the card, and the card is in hand and good."""
    good = and_(Card.state == CardState.ACTIVE, or_(Card.expires_on.is_(None), Card.expires_on >= today))
    return _has_account(exists(_newest_card(good)), _is_locked_for(LockReason.CARD))


def _is_out_of_order(today: date) -> ColumnElement[bool]:
    approved_later = day_in_vietnam(Account.approved_at) > today
    activated_later = day_in_vietnam(Account.activated_at) > today
    wrong = or_(approved_later, activated_later, Account.activated_at < Account.approved_at)
    return _has_account(wrong)


_has_residence_card = exists().where(
    ForeignPaper.person_id == Account.person_id, ForeignPaper.residence_card.is_not(None)
)
_ended = Card.state.in_((CardState.LOST, CardState.WITHHELD, CardState.REVOKED))
_state_without_reason = or_(
    and_(Account.state == AccountState.LOCKED, ~_is_locked_for()),
    and_(Account.state != AccountState.LOCKED, _is_locked_for()),
)
_never_activated = or_(
    and_(Account.state == AccountState.ACTIVE, Account.activated_at.is_(None)),
    and_(Account.state == AccountState.APPROVED, Account.activated_at.is_not(None)),
)
_is_signed_in = exists().where(SignInSession.account_id == Account.id, SignInSession.ended_at.is_(None))

ACCOUNT_CHECKS: tuple[Check, ...] = (
    Check(
        Rule(
            "account-age",
            C,
            Stage.ACCOUNT,
            "Nobody younger than 14 has an account without a guardian, nor below six one of level 2 (Decree 69/2024, article 7).",
            _AUTHORITY,
        ),
        people_today(_is_too_young),
    ),
    Check(
        Rule("account-lock", C, Stage.ACCOUNT, "An account is locked exactly while there is a reason.", _AUTHORITY),
        people_where(_has_account(_state_without_reason)),
    ),
    Check(
        Rule("account-activated", C, Stage.ACCOUNT, "An account is active once it was activated.", _AUTHORITY),
        people_where(_has_account(_never_activated)),
    ),
    Check(
        Rule(
            "account-overdue",
            C,
            Stage.ACCOUNT,
            "An account was activated within seven days of approval or of a call to the hotline (Decree 69/2024, article 14).",
            _AUTHORITY,
        ),
        people_where(_has_account(Account.activated_at > Account.activate_by)),
    ),
    Check(
        Rule(
            "account-order", C, Stage.ACCOUNT, "An account was approved by today and activated after that.", _AUTHORITY
        ),
        people_today(_is_out_of_order),
    ),
    Check(
        Rule(
            "account-phone", C, Stage.ACCOUNT, "The telephone of an account is a zero and nine more digits.", _AUTHORITY
        ),
        people_where(_has_account(~Account.phone.regexp_match("^0[0-9]{9}$"))),
    ),
    Check(
        Rule(
            "account-card",
            S,
            Stage.ACCOUNT,
            "Whoever has an account has had a card, or a foreigner's residence card (Decree 69/2024, article 7).",
            _AUTHORITY,
        ),
        people_where(_has_account(~exists().where(Card.person_id == Account.person_id), ~_has_residence_card)),
    ),
    Check(
        Rule(
            "account-secret",
            S,
            Stage.ACCOUNT,
            "An account that was activated has a password and a passcode.",
            _AUTHORITY,
        ),
        people_where(_has_account(Account.activated_at.is_not(None), or_(*map(_lacks_secret, NEEDED)))),
    ),
    Check(
        Rule(
            "account-dead",
            L,
            Stage.ACCOUNT,
            "The account of somebody dead is locked for it (Law on Identification, article 34).",
            _AUTHORITY,
        ),
        people_where(P.died_on.is_not(None), _has_account(~_is_locked_for(LockReason.DEATH))),
    ),
    Check(
        Rule(
            "account-card-ended",
            L,
            Stage.ACCOUNT,
            "Whose card is lost, withheld or revoked has a locked account (Law on Identification, article 34).",
            _AUTHORITY,
        ),
        people_where(_has_account(exists(_newest_card(_ended)), ~_is_locked_for(LockReason.CARD))),
    ),
    Check(
        Rule(
            "account-card-expired",
            L,
            Stage.ACCOUNT,
            "After a card's last day its holder's account is locked (Decree 69/2024, article 15).",
            _AUTHORITY,
        ),
        people_today(_is_expired_in_use),
    ),
    Check(
        Rule(
            "account-card-good",
            L,
            Stage.ACCOUNT,
            "No account is locked for its holder's card while that is good (Decree 69/2024, article 30).",
            _AUTHORITY,
        ),
        people_today(_has_good_card),
    ),
    Check(
        Rule("account-session", L, Stage.ACCOUNT, "Nobody is signed in to an account that is not active.", _AUTHORITY),
        people_where(P.id.in_(select(Account.person_id).where(Account.state != AccountState.ACTIVE, _is_signed_in))),
    ),
)
"""All that accounts, cards and the register together can answer."""
