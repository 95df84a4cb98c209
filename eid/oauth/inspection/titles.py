"""What the checks of the log are called: it keeps their names alone. Pure."""

from __future__ import annotations

from eid.oauth.inspection.authorization import CLIENT, REDIRECT_URI, STEPS
from eid.oauth.inspection.redemption import CODE_STEPS, REFRESH_STEPS, TOKEN_STEPS

_OF_REQUEST = {step.name: step.title for step in (CLIENT, REDIRECT_URI, *STEPS.values())}
_BY_STEP = {
    "authorization": _OF_REQUEST,
    "pushed": _OF_REQUEST,
    "token": {step.name: step.title for step in (*REFRESH_STEPS, *CODE_STEPS)},
    "userinfo": {step.name: step.title for step in TOKEN_STEPS},
    "paper": {step.name: step.title for step in TOKEN_STEPS},
}


def find_title(step: str, check: str) -> str:
    """The sentence of this check at this step; its name where there is none any more."""
    return _BY_STEP.get(step, {}).get(check, check)
