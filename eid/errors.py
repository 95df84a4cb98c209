"""Every refusal of the service. Imports nothing.

A refusal carries three texts: `code` is stable and for programs; `detail` is public, one sentence, and says what to do;
`reason` goes to the log only. None of them ever holds a secret.
"""

from __future__ import annotations

from datetime import datetime


class Refusal(Exception):
    """Something was asked that will not be done; nothing has changed, unless the refusal itself had to leave a trace."""

    status = 400
    title = "Refused"

    def __init__(self, code: str, detail: str, *, reason: str = "") -> None:
        super().__init__(f"{code}: {reason or detail}")
        self.code = code
        self.detail = detail
        self.reason = reason

    def seconds_until_retry(self, _now: datetime) -> int | None:
        """How long to wait before asking again (RFC 9110, section 10.2.3); None where that is not known, or would not help."""
        return None


class Malformed(Refusal):
    """The request does not have the form that it must have; `fields` names what is wrong where that is known."""

    status = 400
    title = "Malformed request"

    def __init__(self, code: str, detail: str, *, reason: str = "", fields: dict[str, list[str]] | None = None) -> None:
        super().__init__(code, detail, reason=reason)
        self.fields = fields or {}


class Unreadable(Malformed):
    """The request holds what no request may hold; no view has seen it."""


class Unauthenticated(Refusal):
    """Who asks is not known, or could not prove it."""

    status = 401
    title = "Not signed in"


class Refused(Refusal):
    """Who asks is known and may not."""

    status = 403
    title = "Not allowed"


class NotFound(Refusal):
    """There is no such thing, or none that the caller may know of."""

    status = 404
    title = "Not found"


class Conflict(Refusal):
    """The thing is not in a state in which this can be done."""

    status = 409
    title = "Not possible now"


class VerificationFailed(Refusal):
    """Evidence was checked and does not hold; `step` names the first step that failed."""

    status = 422
    title = "Verification failed"

    def __init__(
        self, step: str, code: str, detail: str, *, reason: str = "", evidence: dict[str, object] | None = None
    ) -> None:
        super().__init__(code, detail, reason=reason)
        self.step = step
        self.evidence = evidence or {}
        """What was found, public: goes into the answer beside the code."""


class TooManyAttempts(Refusal):
    """A secret was guessed at too often, or too much was asked; `retry_at` is aware and in UTC."""

    status = 429
    title = "Too many attempts"

    def __init__(self, code: str, detail: str, *, retry_at: datetime, reason: str = "") -> None:
        super().__init__(code, detail, reason=reason)
        self.retry_at = retry_at

    def seconds_until_retry(self, now: datetime) -> int:
        return max(1, round((self.retry_at - now).total_seconds()))


class Unavailable(Refusal):
    """A part that this needs is missing or does not answer; `retry_seconds`, where it is known when to ask again."""

    status = 503
    title = "Unavailable"

    def __init__(self, code: str, detail: str, *, reason: str = "", retry_seconds: int | None = None) -> None:
        super().__init__(code, detail, reason=reason)
        self.retry_seconds = retry_seconds

    def seconds_until_retry(self, _now: datetime) -> int | None:
        return self.retry_seconds


class OAuthError(Refusal):
    """A refusal in the form of RFC 6749, sections 4.1.2.1 and 5.2; `code` is the OAuth error code.

    `answer` is the response that carries it to the client; there is one only once the client and its redirect URI are both
    certain. `challenge` is the scheme, with parameters, of the `WWW-Authenticate` header that goes with a 401 or 403.
    """

    title = "Request refused"

    def __init__(
        self,
        error: str,
        detail: str,
        *,
        reason: str = "",
        status: int = 400,
        answer: object | None = None,
        challenge: str = "",
    ) -> None:
        super().__init__(error, detail, reason=reason)
        self.status = status
        self.answer = answer
        self.challenge = challenge

    @property
    def redirectable(self) -> bool:
        return self.answer is not None
