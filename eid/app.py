"""create_app: extensions, the one table of blueprints, the one table of event handlers, error pages, headers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Flask, Response, g, request
from flask_smorest import Blueprint
from flask_wtf import CSRFProtect
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

from eid import clock, events, traffic
from eid import outbox as messages
from eid.accounts import locking, request_effects, requests
from eid.accounts import retention as accounts_retention
from eid.accounts.declarations import change_email_as_declared, move_as_declared
from eid.accounts.foreigners import open_foreigners_account
from eid.accounts.guardians import end_guardianships_of_dead
from eid.accounts.new_pin import tell_of_new_pin
from eid.accounts.organisation_ends import end_places_of_dead
from eid.accounts.organisations import open_organisation
from eid.accounts.request_models import RequestKind
from eid.accounts.sealing_rotation import register_sealed_columns
from eid.accounts.wards import open_wards_account
from eid.agencies.civil_status import tell_relatives_of_change
from eid.agencies.insurance import insure_newborns
from eid.agencies.living import keep_up_agencies
from eid.agencies.residence import tell_households_of_change
from eid.agencies.service import end_entitlements_of_dead
from eid.agencies.taxes import tell_taxpayer_of_new_pin
from eid.api import (
    agencies,
    card_batch,
    cards,
    client_registration,
    credentials,
    csc,
    health,
    oauth,
    openid4vp,
    papers,
    presentations,
    signals,
    signing_authority,
    status_lists,
    virtual_reader,
    watching,
)
from eid.api import audit as audit_roots
from eid.api import consents as consent_api
from eid.api import devices as device_api
from eid.api import errors as api_errors
from eid.api import trust as credential_trust
from eid.api.description import DescribedApi
from eid.cards import retention as cards_retention
from eid.cards.life import end_card_of_lost_citizenship, end_cards_of_dead_person, replace_card_of_old_pin
from eid.cast import read_cast
from eid.config import EXTENSION as SETTINGS
from eid.config import Settings, Traces, check_settings
from eid.connecting import engine_options, find_unavailability, sqlalchemy_url
from eid.credentials import retention as credentials_retention
from eid.credentials.scopes import WALLET_SCOPES
from eid.credentials.service import find_paper_scopes
from eid.credentials.statuses import (
    end_papers_of_closed_account,
    end_papers_of_dead,
    end_papers_of_old_pin,
    follow_entitlement,
    follow_entitlements,
    suspend_papers_of_locked_account,
)
from eid.db import check_database, db
from eid.errors import Refusal, Refused
from eid.flask_app import ServiceFlask, concerns
from eid.intake import StorableInteger, check_requests
from eid.keystore import EXTENSION as KEYSTORE
from eid.keystore import Keystore, SecretUse, open_keystore
from eid.lazily import Later
from eid.logs import configure_logging, log_request
from eid.metrics import measure_requests
from eid.oauth import client_secrets
from eid.oauth import retention as oauth_retention
from eid.oauth.claims import Scope, register_scopes
from eid.oauth.decoupled import pinging
from eid.oauth.decoupled.deciding import follow_answer_on_phone
from eid.oauth.logout.telling import tell_services_of_ended_sessions
from eid.oauth.orphaned_clients import (
    suspend_services_of_closed_account,
    suspend_services_of_dead,
    suspend_services_of_organisation,
)
from eid.oauth.signals import pushing
from eid.oauth.signals.happenings import (
    signal_account_closed,
    signal_account_locked,
    signal_account_unlocked,
    signal_level_changed,
    signal_phone_changed,
    signal_possession_changed,
    signal_secret_changed,
    signal_sessions_ended,
)
from eid.oauth.tokens import end_grants_of_closed_account, end_grants_of_locked_account, end_grants_of_old_pin
from eid.population.service import find_known_pins
from eid.presentations import retention as presentations_retention
from eid.presentations import sealing as presentation_sealing
from eid.readiness import EXTENSION as READINESS
from eid.readiness import Readiness
from eid.replicas import configure_replicas
from eid.retention.catalogue import Retention, Stay, register_retention
from eid.server_timing import tell_timing
from eid.signing import certificates as signing_certificates
from eid.signing import retention as signing_retention
from eid.signing.certificates import (
    revoke_for_closing,
    revoke_for_death,
    revoke_for_level,
    revoke_for_lock,
    revoke_for_new_pin,
)
from eid.signing.requests import follow_signing_answer
from eid.signing.scope import SIGNING_SCOPE
from eid.web import (
    activation,
    api_docs,
    applications,
    approvals,
    assets,
    authorize,
    card_pages,
    citizen,
    confirmations,
    conformance,
    consents,
    criminal_records,
    declarations,
    desk,
    desk_cards,
    desk_life,
    desk_officers,
    desk_organisations,
    desk_reviews,
    desk_services,
    desk_wards,
    device_codes,
    devices,
    disclosures,
    home,
    i18n,
    logout,
    organisations,
    outbox,
    own_services,
    paper_offers,
    paper_showings,
    passkeys,
    recovery,
    security,
    service_examples,
    service_inspector,
    service_registrations,
    service_trust,
    service_walk,
    services,
    sign_in,
    sign_in_proofs,
    signing,
    social_security,
    templating,
    trust,
    unlocking,
    ward_papers,
    wards,
)
from eid.web import agencies as agency_pages
from eid.web import errors as web_errors
from eid.web import papers as paper_pages
from eid.web import requests as request_pages
from eid.web.headers import SecurityHeaders

if TYPE_CHECKING:
    from eid import demo_addresses, traffic_limiting
else:
    demo_addresses = Later("eid.demo_addresses")
    traffic_limiting = Later("eid.traffic_limiting")

JSON_PREFIXES = (
    "/api/",
    "/.well-known/",
    "/oauth/par",
    "/oauth/backchannel",
    "/oauth/device",
    "/oauth/token",
    "/oauth/userinfo",
    "/oauth/revoke",
    "/oauth/introspect",
    "/oauth/jwks",
    "/oauth/register",
    "/oauth/nonce",
    "/oauth/credential-offers/",
    "/oauth/credentials",
    "/oauth/presentations",
    "/oauth/deferred-credentials",
    "/oauth/notifications",
    "/ssf/",
    "/csc/",
    "/tsa",
    "/audit/",
    "/healthz",
    "/readyz",
    "/metrics",
)
"""Addresses that programs call: their refusals are JSON, all others are pages."""

API_BLUEPRINTS: tuple[Blueprint, ...] = (
    cards.blueprint,
    card_batch.blueprint,
    virtual_reader.blueprint,
    papers.blueprint,
    agencies.blueprint,
    status_lists.blueprint,
    credential_trust.blueprint,
    consent_api.blueprint,
    device_api.blueprint,
    presentations.blueprint,
)
"""Described in the OpenAPI document."""
PROTOCOL_BLUEPRINTS = (
    health.blueprint,
    watching.blueprint,
    oauth.blueprint,
    client_registration.blueprint,
    credentials.blueprint,
    openid4vp.blueprint,
    authorize.endpoint,
    logout.endpoint,
    signals.blueprint,
    signing_authority.blueprint,
    csc.blueprint,
    audit_roots.blueprint,
)
"""Described by their own specifications."""
WEB_BLUEPRINTS = (
    assets.blueprint,
    authorize.blueprint,
    logout.blueprint,
    consents.blueprint,
    declarations.blueprint,
    services.blueprint,
    service_registrations.blueprint,
    own_services.blueprint,
    service_examples.blueprint,
    service_trust.blueprint,
    service_inspector.blueprint,
    service_walk.blueprint,
    conformance.blueprint,
    home.blueprint,
    api_docs.blueprint,
    sign_in.blueprint,
    sign_in_proofs.blueprint,
    passkeys.blueprint,
    approvals.blueprint,
    devices.blueprint,
    confirmations.blueprint,
    device_codes.blueprint,
    paper_pages.blueprint,
    criminal_records.blueprint,
    social_security.blueprint,
    paper_showings.blueprint,
    paper_offers.blueprint,
    signing.blueprint,
    agency_pages.blueprint,
    activation.blueprint,
    applications.blueprint,
    request_pages.blueprint,
    unlocking.blueprint,
    desk_reviews.blueprint,
    desk_services.blueprint,
    desk_officers.blueprint,
    citizen.blueprint,
    card_pages.blueprint,
    desk.blueprint,
    desk_cards.blueprint,
    desk_life.blueprint,
    desk_organisations.blueprint,
    desk_wards.blueprint,
    wards.blueprint,
    ward_papers.blueprint,
    organisations.blueprint,
    disclosures.blueprint,
    outbox.blueprint,
    security.blueprint,
    recovery.blueprint,
    trust.blueprint,
)

SCOPES: tuple[Scope, ...] = (*find_paper_scopes(), *WALLET_SCOPES, SIGNING_SCOPE)
"""What services can ask for besides the standard scopes: one a paper; wallets, the identity card; and having documents signed."""

HANDLERS: events.Handlers = {
    events.PersonDied: (
        end_entitlements_of_dead,
        end_cards_of_dead_person,
        locking.lock_for_death,
        end_papers_of_dead,
        end_guardianships_of_dead,
        end_places_of_dead,
        suspend_services_of_dead,
        revoke_for_death,
    ),
    events.PinReplaced: (
        replace_card_of_old_pin,
        tell_of_new_pin,
        end_grants_of_old_pin,
        end_papers_of_old_pin,
        tell_taxpayer_of_new_pin,
        revoke_for_new_pin,
    ),
    events.CitizenshipLost: (end_card_of_lost_citizenship, locking.lock_for_lost_citizenship),
    events.CardEnded: (locking.lock_for_card,),
    events.CardIssued: (locking.unlock_for_card,),
    events.AccountLocked: (
        end_grants_of_locked_account,
        suspend_papers_of_locked_account,
        revoke_for_lock,
        signal_account_locked,
    ),
    events.AccountUnlocked: (signal_account_unlocked,),
    events.AccountClosed: (
        end_grants_of_closed_account,
        end_papers_of_closed_account,
        revoke_for_closing,
        signal_account_closed,
        suspend_services_of_closed_account,
    ),
    events.OrganisationLocked: (suspend_services_of_organisation,),
    events.AccountLevelChanged: (signal_level_changed, revoke_for_level),
    events.SecretChanged: (signal_secret_changed,),
    events.PossessionChanged: (signal_possession_changed,),
    events.PhoneChanged: (signal_phone_changed,),
    events.SessionsEnded: (tell_services_of_ended_sessions, signal_sessions_ended),
    events.ConsentAnsweredOnPhone: (follow_answer_on_phone, follow_signing_answer),
    events.PeopleChanged: (insure_newborns, tell_households_of_change, tell_relatives_of_change),
    events.DaysLived: (keep_up_agencies,),
    events.EntitlementChanged: (follow_entitlement,),
    events.EntitlementsChanged: (follow_entitlements,),
    events.CardReturned: (locking.unlock_for_card,),
}
"""What a package does about what happened to its right: event → handlers, in order, before the commit."""

REQUEST_EFFECTS: requests.Effects = {
    RequestKind.ACCOUNT_LEVEL_1: request_effects.open_level_1,
    RequestKind.ACCOUNT_LEVEL_2: request_effects.open_level_2,
    RequestKind.LOCK_BY_AUTHORITY: request_effects.lock_for_authority,
    RequestKind.UNLOCK_BY_AUTHORITY: request_effects.unlock_for_authority,
    RequestKind.LOCK_BY_HOLDER: request_effects.lock_for_holder,
    RequestKind.UNLOCK_BY_HOLDER: request_effects.unlock_for_holder,
    RequestKind.CLOSE_ACCOUNT: request_effects.close_for_holder,
    RequestKind.APPEAL: request_effects.grant_appeal,
    requests.RequestKind.ACCOUNT_CHILD: open_wards_account,
    requests.RequestKind.ACCOUNT_FOREIGNER: open_foreigners_account,
    requests.RequestKind.ORGANISATION: open_organisation,
    RequestKind.CHANGE_RESIDENCE: move_as_declared,
    RequestKind.CHANGE_EMAIL: change_email_as_declared,
}
"""What an approved request brings about: kind → effect, within the transaction of the decision."""

RETENTION: tuple[Retention, ...] = (
    *presentations_retention.RETENTION,
    *signing_retention.RETENTION,
    *oauth_retention.RETENTION,
    *accounts_retention.RETENTION,
    *cards_retention.RETENTION,
    *traffic.RETENTION,
    *messages.RETENTION,
)
"""How long rows that have ended are kept; what refers to others goes first."""

STAYS: tuple[Stay, ...] = (
    *credentials_retention.STAYS,
    *signing_retention.STAYS,
    *oauth_retention.STAYS,
    *accounts_retention.STAYS,
)
"""Tables whose rows end and stay."""


def create_app(settings: Settings | None = None) -> Flask:
    """A whole service of these settings; nothing is opened, made or read until it is needed, but the keys of cookies."""
    settings = settings or Settings()
    check_settings(settings)
    configure_logging(settings.log_level)
    clock.keep_world_offset_in(settings.world_clock_file if settings.is_demo else None)
    events.register_handlers(HANDLERS)
    requests.register_effects(REQUEST_EFFECTS)
    register_retention(RETENTION)
    register_scopes(SCOPES)
    register_sealed_columns(
        (
            *client_secrets.SEALED_COLUMNS,
            *pushing.SEALED_COLUMNS,
            *pinging.SEALED_COLUMNS,
            *presentation_sealing.SEALED_COLUMNS,
            *signing_certificates.SEALED_COLUMNS,
        )
    )
    app = ServiceFlask("eid")
    app.url_map.converters["int"] = StorableInteger
    keystore = open_keystore(settings)
    app.extensions[SETTINGS] = settings
    app.extensions[KEYSTORE] = keystore
    app.extensions[READINESS] = Readiness(settings, keystore, app.app_context)
    _configure(app, settings, keystore)
    configure_replicas(app, settings, is_for_programs=_speaks_json)
    db.init_app(app)
    measure_requests(app)
    log_request(app)
    i18n.init_app(app)
    templating.init_app(app, settings)
    csrf = _protect_forms(app)
    check_requests(app)
    if settings.rate_limit:
        traffic_limiting.limit_addresses(app, settings.rate_limit, but=health.blueprint)
    _register_blueprints(app, csrf, is_demo=settings.is_demo)
    watching.keep_country_figures(app)
    if settings.is_demo:
        demo_addresses.install_fault_seam(app)
    app.register_error_handler(Refusal, _render_refusal)
    app.register_error_handler(HTTPException, _render_http_exception)
    app.register_error_handler(Exception, _render_accident)
    app.register_error_handler(SQLAlchemyError, _render_database_failure)
    app.wsgi_app = SecurityHeaders(app.wsgi_app)  # type: ignore[method-assign]
    tell_timing(app, settings)
    app.check_hooks()
    if not settings.rate_limit and settings.traces is Traces.NONE:
        oauth.install_published_front(app, keystore)
    return app


def _configure(app: Flask, settings: Settings, keystore: Keystore) -> None:
    """What Flask and its extensions are told, each by a name of its own."""
    app.config.update(
        SECRET_KEY=keystore.find_secret(SecretUse.COOKIES),
        SQLALCHEMY_DATABASE_URI=sqlalchemy_url(settings.database_url),
        SQLALCHEMY_ENGINE_OPTIONS=engine_options(
            settings.database_url,
            pooler=settings.database_pooler,
            pool_size=settings.database_pool_size,
            pool_timeout=settings.database_pool_timeout_seconds,
        ),
        MAX_CONTENT_LENGTH=settings.max_request_bytes,
        SESSION_COOKIE_NAME="eid_form",
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.secure_cookies,
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


def _register_blueprints(app: Flask, csrf: CSRFProtect, *, is_demo: bool) -> None:
    api = DescribedApi(app)
    for blueprint in (*API_BLUEPRINTS, *(demo_addresses.API_BLUEPRINTS if is_demo else ())):
        csrf.exempt(blueprint)
        api.register_blueprint(blueprint)
    for protocol_blueprint in PROTOCOL_BLUEPRINTS:
        csrf.exempt(protocol_blueprint)
        app.register_blueprint(protocol_blueprint)
    for page_blueprint in (*WEB_BLUEPRINTS, *(demo_addresses.WEB_BLUEPRINTS if is_demo else ())):
        app.register_blueprint(page_blueprint)


def _protect_forms(app: Flask) -> CSRFProtect:
    """From now on a form that is sent must bear the token of the page that it was on, but at the addresses that programs call."""
    programs = {each.name for each in (*API_BLUEPRINTS, *PROTOCOL_BLUEPRINTS)}
    csrf = CSRFProtect(app)
    check = app.before_request_funcs[None][-1]
    concerns(lambda route: route is not None and route.endpoint.rpartition(".")[0] not in programs)(check)
    return csrf


def _speaks_json() -> bool:
    return request.path.startswith(JSON_PREFIXES)


def _render_refusal(refusal: Refusal) -> Response:
    db.session.rollback()  # what was begun and refused is not half done
    g.refusal = refusal
    return api_errors.render_refusal(refusal) if _speaks_json() else web_errors.render_refusal(refusal)


def _render_http_exception(error: HTTPException) -> Response:
    return api_errors.render_http_exception(error) if _speaks_json() else web_errors.render_http_exception(error)


def _render_database_failure(error: SQLAlchemyError) -> Response:
    """What passes by itself is no accident: whoever asked is told to ask again, on a page that asks the database nothing."""
    unavailable = find_unavailability(error)
    if unavailable is None:
        return _render_accident(error)
    db.session.rollback()
    g.refusal = unavailable
    return api_errors.render_refusal(unavailable) if _speaks_json() else web_errors.render_as_page(unavailable)


def _render_accident(error: Exception) -> Response:
    """Something that nobody foresaw: the log gets all of it, the caller gets a number to quote."""
    db.session.rollback()  # the page of the error must be able to ask who is signed in
    return api_errors.render_accident(error) if _speaks_json() else web_errors.render_accident(error)
