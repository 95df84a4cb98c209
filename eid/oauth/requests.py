"""What an authorization request must be (RFC 6749, section 4.1.1; OpenID Connect Core, section 3.1.2; RFC 7636; RFC 9700).

The order of the checks is one table, AUTHORIZATION_CHECKS. What comes out is a frozen value; nothing is checked twice. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from eid.accounts.levels import AuthenticationLevel
from eid.errors import Malformed, OAuthError
from eid.late_dataclasses import frozen
from eid.oauth.acr import choose_level, find_essential_acr, find_wished_acr, parse_claims_parameter
from eid.oauth.authorization_details import CREDENTIAL, Detail, parse_authorization_details
from eid.oauth.claims import OFFLINE_ACCESS, OPENID, select_names, select_scopes
from eid.oauth.claims_request import ClaimsRequest, find_wished_subject, parse_claims_request
from eid.oauth.grant_types import TOKEN_EXCHANGE
from eid.oauth.parameters import Parameters
from eid.oauth.profiles import rules_of
from eid.oauth.redirects import find_registered_redirect_uri
from eid.oauth.resources import find_untargeted
from eid.oauth.responses import Destination, ResponseMode, build_error_response, find_response_mode

PROMPTS = ("none", "login", "consent", "select_account")
_KNOWN_PROMPTS = frozenset(PROMPTS)
MAX_VALUE = 4096
"""Longer values are refused, never cut."""
MAX_HINT = 100
"""A login hint may be cut: it decides nothing."""

_CHALLENGE = re.compile(r"[A-Za-z0-9\-_]{43}")
"""An S256 challenge: 32 bytes in base64url without padding (RFC 7636, section 4.2)."""


class KnownClient(Protocol):
    """What the checks need of a registration."""

    @property
    def client_id(self) -> str: ...
    @property
    def application_type(self) -> str: ...
    @property
    def redirect_uris(self) -> list[str]: ...
    @property
    def scopes(self) -> list[str]: ...
    @property
    def default_level(self) -> str: ...
    @property
    def highest_level(self) -> str | None: ...
    @property
    def profile(self) -> str: ...
    @property
    def require_pushed_authorization_requests(self) -> bool: ...
    @property
    def require_signed_request_object(self) -> bool: ...
    @property
    def resources(self) -> list[str]: ...
    @property
    def extra_grant_types(self) -> list[str]: ...
    @property
    def requires_pkce(self) -> bool: ...


class UncheckedRequest:
    """A request whose client and redirect URI are certain, and nothing else: from here on refusals go to the client.

    What several checks ask about is read once.
    """

    def __init__(
        self,
        parameters: Parameters,
        client: KnownClient,
        redirect_uri: str,
        issuer: str,
        is_pushed: bool = False,
        is_signed: bool = False,
        proven_jkt: str | None = None,
    ) -> None:
        self.parameters, self.client, self.redirect_uri, self.issuer = parameters, client, redirect_uri, issuer
        self.is_pushed = is_pushed
        """Whether the client itself left it here (RFC 9126), rather than a browser."""
        self.is_signed = is_signed
        """Whether the parameters are those of a request object that the client signed (RFC 9101)."""
        self.proven_jkt = proven_jkt
        """The key that the client proved when it pushed the request (RFC 9449, section 10.1)."""
        self.find: Callable[[str], str | None] = parameters.values.get
        self.scopes = select_names((self.find("scope") or "").split(" "))
        """The scopes asked for that exist, in the order of our table; the order in the request means nothing."""
        self.prompts = tuple((self.find("prompt") or "").split())
        asked = parse_claims_parameter(self.find("claims")) or {}  # what cannot be read is refused by check_claims
        self.wished_subject, self.essential_acr = find_wished_subject(asked), find_essential_acr(asked)
        self.level = choose_level(
            essential=self.essential_acr,
            preferred=(*find_wished_acr(asked), *(self.find("acr_values") or "").split()),
            default=client.default_level,
            highest=client.highest_level,
        )
        """The authentication level to sign in at; None where the client may have none of those that it insists on."""

    def read_claims(self) -> ClaimsRequest:
        """Raises Malformed."""
        return parse_claims_request(self.find("claims"), client_scopes=self.client.scopes)

    def read_details(self) -> tuple[Detail, ...]:
        """Raises Malformed."""
        return parse_authorization_details(self.find("authorization_details"), client_scopes=self.client.scopes)

    def refusal(self, error: str, detail: str) -> OAuthError:
        """The refusal, to be raised; the client gets it at its redirect URI, with its `state`."""
        return _refusal(error, detail, self.destination)

    @property
    def destination(self) -> Destination:
        """Where and how to answer, as far as the request says so in a way that can be followed."""
        mode = find_response_mode(self.parameters.find_single("response_mode")) or ResponseMode.QUERY
        state = self.parameters.find_single("state")
        return Destination(self.redirect_uri, state, self.issuer, self.client.client_id, mode)


_NO_CLAIMS: ClaimsRequest = {}


class CheckedRequest(NamedTuple):
    """A request of which every check holds."""

    issuer: str
    redirect_uri: str
    scopes: tuple[str, ...]
    state: str | None
    nonce: str | None
    code_challenge: str
    prompts: tuple[str, ...]
    max_age: int | None
    """Seconds."""
    level: AuthenticationLevel
    """The authentication level that the session must have at least."""
    essential_acr: tuple[str, ...]
    """Where the client insists: `acr` must be one of these (OpenID Connect Core, section 5.5.1.1)."""
    ui_locales: str
    hinted_subject: str | None = None
    """The citizen whom the client expects, where its `id_token_hint` or a wished `sub` says so."""
    client_id: str = ""
    response_mode: ResponseMode = ResponseMode.QUERY
    dpop_jkt: str | None = None
    """The key that has to be proved when the code is redeemed (RFC 9449, section 10)."""
    resources: tuple[str, ...] = ()
    """For which services its tokens are (RFC 8707); where none are named, for us."""
    login_hint: str = ""
    """What the citizen might sign in with."""
    claims: ClaimsRequest = _NO_CLAIMS
    """The claims parameter, as far as it names what there is."""
    authorization_details: tuple[Detail, ...] = ()
    passed_on: tuple[str, ...] = ()
    """The services to which the client may pass on what it is given (RFC 8693), if the citizen agrees."""
    issuer_state: str = ""
    """The credential offer that it takes up (OpenID4VCI 1.0, section 5.1.3)."""

    def to_json(self) -> dict[str, Any]:
        return self._asdict()

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> CheckedRequest:
        """The inverse of to_json, also after a database made lists of the tuples."""
        found: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in value.items()}
        mode = ResponseMode(value.get("response_mode", ResponseMode.QUERY))
        return cls(**found | {"level": AuthenticationLevel(value["level"]), "response_mode": mode})

    def refusal(self, error: str, detail: str) -> OAuthError:
        """The refusal, to be raised; the client gets it at its redirect URI, with its `state`."""
        return _refusal(error, detail, self.destination)

    @property
    def destination(self) -> Destination:
        """Where and how to answer."""
        return Destination(self.redirect_uri, self.state, self.issuer, self.client_id, self.response_mode)


def check_client_named(parameters: Parameters) -> str:
    """The one client_id of the request. Raises OAuthError for our own page: there is nobody to send it to."""
    client_id = parameters.find_single("client_id")
    if client_id is None:
        raise OAuthError("invalid_request", "The service that sent you did not say who it is.", reason="client_id")
    return client_id


def check_redirect_uri(parameters: Parameters, client: KnownClient) -> str:
    """The one redirect URI of the request, which is registered (RFC 9700, section 2.1). OpenID Connect requires it always.

    Raises OAuthError for our own page: an address that is not the client's never gets an answer.
    """
    given = parameters.find_single("redirect_uri")
    native = client.application_type == "native"
    found = find_registered_redirect_uri(given, client.redirect_uris, native=native) if given else None
    if found is None:
        raise OAuthError(
            "invalid_request",
            "The service that sent you named an address that is not registered for it.",
            reason=f"redirect_uri {given!r:.200}",
        )
    return found


Check = Callable[[UncheckedRequest], None]


def check_parameters_once(request: UncheckedRequest) -> None:
    """RFC 6749, section 3.1: parameters must not be included more than once."""
    if request.parameters.repeated:
        name = min(request.parameters.repeated)
        raise request.refusal("invalid_request", f"The parameter {name[:40]} came more than once.")


def check_values_readable(request: UncheckedRequest) -> None:
    """No NUL, and nothing that is longer than anybody needs."""
    for name, value in request.parameters.values.items():
        if "\x00" in value or len(value) > MAX_VALUE:
            raise request.refusal("invalid_request", f"The parameter {name[:40]} cannot be read.")


def check_no_request_object(request: UncheckedRequest) -> None:
    """OpenID Connect Core, section 3.1.2.6: what was not read is refused and not overlooked.

    A request object by value is read before these checks where the client has keys to sign it with, a `request_uri` where it is
    one of ours. A client's own address for a request object is never fetched.
    """
    if request.find("request") is not None:
        raise request.refusal("request_not_supported", "The client has no keys to sign request objects with.")
    if request.find("request_uri") is not None:
        raise request.refusal("request_uri_not_supported", "Request objects by reference are not supported.")


def check_pushed(request: UncheckedRequest) -> None:
    """RFC 9126, section 6; FAPI 2.0 Security Profile, section 5.3.2.2."""
    client = request.client
    must_push = client.require_pushed_authorization_requests or rules_of(client.profile).must_push
    if must_push and not request.is_pushed:
        raise request.refusal("invalid_request", "This client must push its authorization requests.")


def check_signed(request: UncheckedRequest) -> None:
    """RFC 9101, section 10.5."""
    if request.client.require_signed_request_object and not request.is_signed:
        raise request.refusal("invalid_request", "This client must sign its authorization requests.")


def check_response_type(request: UncheckedRequest) -> None:
    """RFC 9700, section 2.1.2: the code flow and no other."""
    response_type = request.find("response_type")
    if response_type is None:
        raise request.refusal("invalid_request", "The parameter response_type is missing.")
    if response_type != "code":
        raise request.refusal("unsupported_response_type", "The only response_type is code.")


def check_response_mode(request: UncheckedRequest) -> None:
    """OAuth 2.0 Multiple Response Types, section 2.1."""
    if find_response_mode(request.find("response_mode")) is None:
        raise request.refusal("invalid_request", f"The response_mode is one of {', '.join(ResponseMode)}.")


def check_scope(request: UncheckedRequest) -> None:
    """OpenID Connect Core, section 3.1.2.1: `openid` is there; scopes that are not known are ignored.

    A wallet that asks for credentials and nothing else (OpenID4VCI 1.0, section 5.1) need not know who the citizen is.
    """
    if OPENID not in request.scopes and not _asks_credentials_alone(request):
        raise request.refusal("invalid_scope", "The scope openid is missing.")
    if not set(request.client.scopes).issuperset(request.scopes):
        raise request.refusal("invalid_scope", "The service is not registered for one of the scopes.")


def check_pkce(request: UncheckedRequest) -> None:
    """RFC 7636, sections 4.3 and 4.4.1, with S256 alone; who may do without must do so altogether (RFC 9700, section 2.1.1)."""
    challenge = request.find("code_challenge")
    if challenge is None and not request.client.requires_pkce and request.find("code_challenge_method") is None:
        return
    if challenge is None:
        raise request.refusal("invalid_request", "PKCE is required: code_challenge is missing.")
    if request.find("code_challenge_method") != "S256":
        raise request.refusal("invalid_request", "The only code_challenge_method is S256.")
    if not _CHALLENGE.fullmatch(challenge):
        raise request.refusal("invalid_request", "The code_challenge is not 32 bytes in base64url.")


def check_prompt(request: UncheckedRequest) -> None:
    """OpenID Connect Core, section 3.1.2.1: `none` stands alone."""
    prompts = request.prompts
    if not _KNOWN_PROMPTS.issuperset(prompts):
        raise request.refusal("invalid_request", f"The parameter prompt is one or more of {', '.join(PROMPTS)}.")
    if "none" in prompts and len(prompts) > 1:
        raise request.refusal("invalid_request", "The prompt none stands alone.")


def check_max_age(request: UncheckedRequest) -> None:
    """OpenID Connect Core, section 3.1.2.1."""
    max_age = request.find("max_age")
    if max_age is not None and not re.fullmatch(r"[0-9]{1,9}", max_age):
        raise request.refusal("invalid_request", "The parameter max_age is a whole number of seconds.")


def check_claims(request: UncheckedRequest) -> None:
    """OpenID Connect Core, section 5.5; what does not exist is ignored, what cannot be read is refused."""
    try:
        request.read_claims()
    except Malformed as malformed:
        raise request.refusal("invalid_request", malformed.detail) from malformed


def check_authorization_details(request: UncheckedRequest) -> None:
    """RFC 9396, section 5."""
    try:
        request.read_details()
    except Malformed as malformed:
        raise request.refusal("invalid_authorization_details", malformed.detail) from malformed


def check_level(request: UncheckedRequest) -> None:
    """OpenID Connect Core Unmet Authentication Requirements 1.0: an essential `acr` is met or the request fails."""
    if request.level is None:
        raise request.refusal("unmet_authentication_requirements", "Nobody can sign in at that level here.")


def check_dpop_jkt(request: UncheckedRequest) -> None:
    """RFC 9449, sections 10 and 10.1: a thumbprint, and that of the key which was proved in pushing."""
    named, proven = request.find("dpop_jkt"), request.proven_jkt
    if named is not None and not _CHALLENGE.fullmatch(named):
        raise request.refusal("invalid_request", "The dpop_jkt is not 32 bytes in base64url.")
    if named is not None and proven not in (None, named):
        raise request.refusal("invalid_request", "The dpop_jkt is not the key of the DPoP proof.")


def check_resources(request: UncheckedRequest) -> None:
    """RFC 8707, section 2: we ourselves, and services that the client is registered for."""
    named = request.parameters.resources
    if named and find_untargeted(named, {request.issuer, *request.client.resources}) is not None:
        raise request.refusal("invalid_target", "The client is not registered for one of the resources.")


AUTHORIZATION_CHECKS: tuple[Check, ...] = (
    check_parameters_once,
    check_values_readable,
    check_no_request_object,
    check_pushed,
    check_signed,
    check_response_type,
    check_response_mode,
    check_scope,
    check_pkce,
    check_prompt,
    check_max_age,
    check_claims,
    check_authorization_details,
    check_level,
    check_dpop_jkt,
    check_resources,
)
"""All that the authorization endpoint checks once client and redirect URI are certain, in this order."""


DECOUPLED_CHECKS: tuple[Check, ...] = (
    check_parameters_once,
    check_values_readable,
    check_scope,
    check_claims,
    check_authorization_details,
    check_level,
    check_resources,
)
"""What is checked of a request that no browser carries: it has no redirect URI, no code and nothing to prompt for."""


def check_request(request: UncheckedRequest, checks: Sequence[Check] = AUTHORIZATION_CHECKS) -> CheckedRequest:
    """The request as a frozen value, once every check of the table holds. Raises OAuthError that goes to the client."""
    for check in checks:
        check(request)
    find, level = request.find, request.level
    assert level is not None
    passed_on, resources, max_age = _passed_on(request), request.parameters.resources, find("max_age")
    return CheckedRequest(
        issuer=request.issuer,
        redirect_uri=request.redirect_uri,
        scopes=request.scopes,
        state=find("state"),
        nonce=find("nonce"),
        code_challenge=find("code_challenge") or "",
        prompts=request.prompts,
        max_age=None if max_age is None else int(max_age),
        level=level,
        essential_acr=request.essential_acr,
        ui_locales=find("ui_locales") or "",
        client_id=request.client.client_id,
        response_mode=find_response_mode(find("response_mode")) or ResponseMode.QUERY,
        dpop_jkt=find("dpop_jkt") or request.proven_jkt,
        resources=tuple(one for one in resources if one not in passed_on) if passed_on else resources,
        passed_on=passed_on,
        hinted_subject=request.wished_subject,
        login_hint=(find("login_hint") or "")[:MAX_HINT],
        claims=request.read_claims(),
        authorization_details=request.read_details(),
        issuer_state=find("issuer_state") or "",
    )


def _asks_credentials_alone(request: UncheckedRequest) -> bool:
    scopes = [scope for scope in select_scopes(request.scopes) if scope.name != OFFLINE_ACCESS]
    if not all(scope.credentials for scope in scopes):
        return False
    return bool(scopes) or f'"{CREDENTIAL}"' in (request.find("authorization_details") or "")


def _passed_on(request: UncheckedRequest) -> tuple[str, ...]:
    """Of a client that exchanges tokens, the other services that it names: its own tokens are for none of them."""
    if not request.parameters.resources or TOKEN_EXCHANGE not in request.client.extra_grant_types:
        return ()
    return tuple(one for one in request.parameters.resources if one != request.issuer)


def _refusal(error: str, detail: str, destination: Destination) -> OAuthError:
    answer = build_error_response(destination, error=error, description=detail)
    return OAuthError(error, detail, answer=answer)
