"""What a complete program for one service has to know of its registration, and which programs there are for it. Pure.

The programs are templates (eid/templates/examples); no secret is among the values: programs read it from their environment.
"""

from __future__ import annotations

from enum import StrEnum
from urllib.parse import urlsplit

from eid.late_dataclasses import frozen
from eid.oauth.models import AuthMethod, Client, Profile
from eid.oauth.profiles import rules_of

DEFAULT_PORT = 5000


class Language(StrEnum):
    PYTHON = "python"
    JAVASCRIPT = "javascript"
    JAVA = "java"
    CURL = "curl"


@frozen
class Program:
    """One language: with which library, and in which files."""

    language: Language
    title: str
    files: tuple[tuple[str, str], ...]
    """What the file is called, and its template below eid/templates/examples."""
    run: str
    """How it is started, the secret apart."""


PROGRAMS: tuple[Program, ...] = (
    Program(
        Language.PYTHON,
        "Python: Flask, Authlib",
        (("service.py", "python.py.jinja"),),
        "pip install flask authlib requests && python service.py",
    ),
    Program(
        Language.JAVASCRIPT,
        "JavaScript: openid-client",
        (("service.mjs", "javascript.mjs.jinja"),),
        "npm install openid-client@6 && node service.mjs",
    ),
    Program(
        Language.JAVA,
        "Java: Spring Security",
        (
            ("src/main/java/example/SignIn.java", "SignIn.java.jinja"),
            ("src/main/resources/application.properties", "application.properties.jinja"),
        ),
        "mvn spring-boot:run",
    ),
    Program(Language.CURL, "Shell: curl, openssl", (("sign-in.sh", "curl.sh.jinja"),), "sh sign-in.sh"),
)

_BY_SECRET = {AuthMethod.SECRET_BASIC, AuthMethod.SECRET_POST, AuthMethod.NONE}
_SUPPORTED: dict[Language, set[AuthMethod]] = {
    Language.PYTHON: _BY_SECRET,
    Language.JAVASCRIPT: {*_BY_SECRET, AuthMethod.SECRET_JWT, AuthMethod.PRIVATE_KEY_JWT},
    Language.JAVA: _BY_SECRET,
    Language.CURL: {*_BY_SECRET, AuthMethod.TLS, AuthMethod.SELF_SIGNED_TLS},
}


@frozen
class ExampleValues:
    """A registration as its program needs it."""

    client_id: str
    issuer: str
    redirect_uri: str
    auth_method: str
    scope: str
    level: str
    profile: str
    id_token_alg: str
    userinfo_alg: str | None
    must_push: bool
    must_sign: bool
    must_bind: bool
    """Whether its tokens are bound to a key by DPoP."""

    @property
    def origin(self) -> str:
        """Where the service itself is."""
        parts = urlsplit(self.redirect_uri)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def path(self) -> str:
        return urlsplit(self.redirect_uri).path or "/"

    @property
    def port(self) -> int:
        return urlsplit(self.redirect_uri).port or DEFAULT_PORT

    @property
    def is_secret_needed(self) -> bool:
        return self.auth_method.startswith("client_secret")

    @property
    def is_plain_http(self) -> bool:
        """Only for a demo on one's own machine."""
        return self.issuer.startswith("http:")


def find_values(client: Client, *, issuer: str) -> ExampleValues:
    """The values of this registration; of several redirect URIs the first."""
    rules = rules_of(client.profile)
    by_certificate = client.tls_client_certificate_bound_access_tokens
    return ExampleValues(
        client_id=client.client_id,
        issuer=issuer,
        redirect_uri=client.redirect_uris[0],
        auth_method=str(client.auth_method),
        scope=" ".join(client.scopes),
        level=client.default_level,
        profile=str(client.profile),
        id_token_alg=client.id_token_signed_response_alg,
        userinfo_alg=client.userinfo_signed_response_alg,
        must_push=rules.must_push or client.require_pushed_authorization_requests,
        must_sign=client.require_signed_request_object,
        must_bind=client.dpop_bound_access_tokens or (rules.must_bind_tokens and not by_certificate),
    )


def find_obstacle(client: Client, language: Language) -> str:
    """Why there is no program of this language for such a registration; empty where there is one."""
    if client.id_token_encrypted_response_alg or client.userinfo_encrypted_response_alg:
        return "Answers to this service are encrypted; tests/clients/keyed-openid-client.mjs shows how they are read."
    if AuthMethod(client.auth_method) not in _SUPPORTED[language]:
        return "This library does not prove a service in the way that yours is registered for; another one does."
    needs_more = (
        client.profile == Profile.FAPI2 or client.require_signed_request_object or client.dpop_bound_access_tokens
    )
    if needs_more and language is not Language.JAVASCRIPT:
        return "This library has no DPoP and signs no requests; the JavaScript one does."
    return ""
