"""Words for what inspections and faults say: outcomes, kinds, verdicts, each with the colour of its tag."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from eid.oauth.faults.catalogue import Duty, Evidence, Kind
from eid.oauth.faults.scoring import Basis, Verdict
from eid.oauth.inspection.pasting import Kind as Pasted
from eid.oauth.inspection.results import Outcome

OUTCOMES = {
    Outcome.PASSED: (_("passed"), "success"),
    Outcome.FAILED: (_("failed"), "danger"),
    Outcome.NOT_REACHED: (_("not reached"), ""),
    Outcome.NOT_JUDGED: (_("judged only where it is sent"), ""),
}
PASTED_KINDS = {
    Pasted.AUTHORIZATION: _("An authorization request"),
    Pasted.REQUEST_OBJECT: _("A request object"),
    Pasted.ASSERTION: _("A client assertion"),
    Pasted.PROOF: _("A DPoP proof"),
    Pasted.ID_TOKEN: _("An ID token"),
    Pasted.ERROR: _("An error"),
}
KINDS = {
    Kind.PROTOCOL: _("Protocol"),
    Kind.TOKEN: _("Tokens"),
    Kind.KEY: _("Keys"),
    Kind.LEVEL: _("Level of the sign-in"),
    Kind.CONSENT: _("Consent and revocation"),
    Kind.TIME: _("Times"),
}
DUTIES = {
    Duty.MUST: _("demanded"),
    Duty.SHOULD: _("recommended"),
    Duty.MAY: _("allowed to be overlooked, and not counted"),
}
EVIDENCE = {
    Evidence.CODE_NOT_REDEEMED: _("Seen here: whether the code is redeemed all the same."),
    Evidence.TOKEN_NOT_USED: _("Seen here: whether the access token is used all the same."),
    Evidence.TOKEN_USED: _("Seen here: whether the access token is used, as it should be."),
    Evidence.WAITED: _("Seen here: whether the service comes back too early."),
    Evidence.DECLARED: _("Not seen here: you say how your service reacted."),
}
VERDICTS = {
    Verdict.PASSED: (_("passed"), "success"),
    Verdict.FAILED: (_("failed"), "danger"),
    Verdict.UNKNOWN: (_("not known"), "warning"),
    Verdict.NOT_PLAYED: (_("not played"), ""),
}
BASES = {
    Basis.OBSERVED: _("seen by the provider"),
    Basis.DECLARED: _("said by the service"),
    Basis.NOTHING: _("neither seen nor said"),
}
