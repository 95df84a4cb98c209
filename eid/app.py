"""create_app: extensions, the one table of blueprints, the one table of event handlers, error pages, headers."""

from __future__ import annotations

from flask import Flask, Response, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_smorest import Blueprint
from flask_wtf import CSRFProtect
from werkzeug.exceptions import HTTPException

from eid import clock, events
from eid.accounts import locking
from eid.accounts.new_pin import tell_of_new_pin
from eid.agencies.service import end_entitlements_of_dead
from eid.api import card_batch, cards, credentials, health, oauth, papers, virtual_reader
from eid.api import errors as api_errors
from eid.api.description import DescribedApi
from eid.cards.life import end_card_of_lost_citizenship, end_cards_of_dead_person, replace_card_of_old_pin
from eid.cast import read_cast
from eid.config import EXTENSION as SETTINGS
from eid.config import Settings, check_settings
from eid.credentials.service import find_paper_scopes
from eid.credentials.statuses import end_papers_of_old_pin, follow_entitlement, suspend_papers_of_locked_account
from eid.db import check_database, db, sqlalchemy_url
from eid.errors import Refusal, Refused
from eid.intake import StorableInteger, check_requests
from eid.keystore import EXTENSION as KEYSTORE
from eid.keystore import SecretUse, open_keystore
from eid.logs import configure_logging, log_request
from eid.oauth.claims import Scope, register_scopes
from eid.oauth.tokens import end_grants_of_locked_account, end_grants_of_old_pin
from eid.population.service import find_known_pins
from eid.web import (
    activation,
    api_docs,
    authorize,
    card_pages,
    citizen,
    consents,
    desk,
    desk_cards,
    desk_life,
    home,
    i18n,
    outbox,
    security,
    services,
    sign_in,
    templating,
    trust,
)
from eid.web import errors as web_errors
from eid.web import papers as paper_pages
from eid.web.headers import add_security_headers

JSON_PREFIXES = (
    "/api/",
    "/.well-known/",
    "/oauth/token",
    "/oauth/userinfo",
    "/oauth/revoke",
    "/oauth/introspect",
    "/oauth/jwks",
    "/oauth/nonce",
    "/oauth/credentials",
    "/healthz",
    "/readyz",
)
"""Addresses that programs call: their refusals are JSON, all others are pages."""

API_BLUEPRINTS: tuple[Blueprint, ...] = (
    cards.blueprint,
    card_batch.blueprint,
    virtual_reader.blueprint,
    papers.blueprint,
)
"""Described in the OpenAPI document."""
PROTOCOL_BLUEPRINTS = (health.blueprint, oauth.blueprint, credentials.blueprint, authorize.endpoint)
"""Described by their own specifications."""
WEB_BLUEPRINTS = (
    authorize.blueprint,
    consents.blueprint,
    services.blueprint,
    home.blueprint,
    api_docs.blueprint,
    sign_in.blueprint,
    paper_pages.blueprint,
    activation.blueprint,
    citizen.blueprint,
    card_pages.blueprint,
    desk.blueprint,
    desk_cards.blueprint,
    desk_life.blueprint,
    outbox.blueprint,
    security.blueprint,
    trust.blueprint,
)

SCOPES: tuple[Scope, ...] = find_paper_scopes()
"""What services can ask for besides the standard scopes: one a paper."""

HANDLERS: events.Handlers = {
    events.PersonDied: (end_entitlements_of_dead, end_cards_of_dead_person, locking.lock_for_death),
    events.PinReplaced: (replace_card_of_old_pin, tell_of_new_pin, end_grants_of_old_pin, end_papers_of_old_pin),
    events.CitizenshipLost: (end_card_of_lost_citizenship, locking.lock_for_lost_citizenship),
    events.CardEnded: (locking.lock_for_card,),
    events.CardIssued: (locking.unlock_for_card,),
    events.AccountLocked: (end_grants_of_locked_account, suspend_papers_of_locked_account),
    events.EntitlementChanged: (follow_entitlement,),
    events.CardReturned: (locking.unlock_for_card,),
}
"""What a package does about what happened to its right: event → handlers, in order, before the commit."""


def create_app(settings: Settings | None = None) -> Flask:
    """A whole service of these settings; nothing is opened, made or read until it is needed, but the keys of cookies."""
    settings = settings or Settings()
    check_settings(settings)
    configure_logging(settings.log_level)
    clock.keep_world_offset_in(settings.world_clock_file if settings.is_demo else None)
    events.register_handlers(HANDLERS)
    register_scopes(SCOPES)
    app = Flask("eid")
    app.url_map.converters["int"] = StorableInteger
    keystore = open_keystore(settings)
    app.extensions[SETTINGS] = settings
    app.extensions[KEYSTORE] = keystore
    app.config.update(
        SECRET_KEY=keystore.find_secret(SecretUse.COOKIES),
        SQLALCHEMY_DATABASE_URI=sqlalchemy_url(settings.database_url),
        MAX_CONTENT_LENGTH=settings.max_request_bytes,
        SESSION_COOKIE_NAME="eid_form",
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        RATELIMIT_ENABLED=bool(settings.rate_limit),
        RATELIMIT_STORAGE_URI="memory://",
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,  # it wants a Referer, which our own Referrer-Policy keeps browsers from sending
        API_TITLE="eid",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/api",
        OPENAPI_JSON_PATH="openapi.json",
        BABEL_DEFAULT_LOCALE=settings.locale,
        BABEL_DEFAULT_TIMEZONE="Asia/Ho_Chi_Minh",
    )
    db.init_app(app)
    i18n.init_app(app)
    templating.init_app(app, settings)
    csrf = CSRFProtect(app)
    check_requests(app)
    Limiter(get_remote_address, app=app, default_limits=[settings.rate_limit] if settings.rate_limit else [])
    _register_blueprints(app, csrf)
    app.register_error_handler(Refusal, _render_refusal)
    app.register_error_handler(HTTPException, _render_http_exception)
    app.register_error_handler(Exception, _render_accident)
    app.after_request(add_security_headers)
    log_request(app)
    return app


def check_may_serve(app: Flask) -> None:
    """Raise Refused where production would serve the demo's people, whose secrets everybody knows.

    Raises Unavailable where the database does not answer, or has another schema than this version's.
    """
    settings: Settings = app.extensions[SETTINGS]
    if settings.is_demo:
        return
    with app.app_context():
        check_database()
        if find_known_pins([member.pin for member in read_cast()]):
            raise Refused("demo_data", "The register holds the demo's cast; production needs a database of its own.")


def _register_blueprints(app: Flask, csrf: CSRFProtect) -> None:
    api = DescribedApi(app)
    for blueprint in API_BLUEPRINTS:
        csrf.exempt(blueprint)
        api.register_blueprint(blueprint)
    for protocol_blueprint in PROTOCOL_BLUEPRINTS:
        csrf.exempt(protocol_blueprint)
        app.register_blueprint(protocol_blueprint)
    for page_blueprint in WEB_BLUEPRINTS:
        app.register_blueprint(page_blueprint)


def _speaks_json() -> bool:
    return request.path.startswith(JSON_PREFIXES)


def _render_refusal(refusal: Refusal) -> Response:
    db.session.rollback()  # what was begun and refused is not half done
    return api_errors.render_refusal(refusal) if _speaks_json() else web_errors.render_refusal(refusal)


def _render_http_exception(error: HTTPException) -> Response:
    return api_errors.render_http_exception(error) if _speaks_json() else web_errors.render_http_exception(error)


def _render_accident(error: Exception) -> Response:
    """Something that nobody foresaw: the log gets all of it, the caller gets a number to quote."""
    db.session.rollback()  # the page of the error must be able to ask who is signed in
    return api_errors.render_accident(error) if _speaks_json() else web_errors.render_accident(error)
