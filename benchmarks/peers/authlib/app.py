"""Authlib's provider on Flask and Flask-SQLAlchemy, as its documentation has it, with OpenID Connect and remembered consents.

Settings come as one JSON document in MEASURED: database, issuer, users, client, key (PEM).
"""

from __future__ import annotations

import json
import os
import sqlite3
import time

from authlib.integrations.flask_oauth2 import AuthorizationServer, ResourceProtector, current_token
from authlib.integrations.sqla_oauth2 import (
    OAuth2AuthorizationCodeMixin,
    OAuth2ClientMixin,
    OAuth2TokenMixin,
    create_bearer_token_validator,
    create_query_client_func,
)
from authlib.oauth2.rfc6749 import grants
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core import OpenIDCode, UserInfo
from flask import Flask, jsonify, redirect, render_template_string, request, session, url_for
from flask_sqlalchemy import SQLAlchemy
from joserfc.jwk import ECKey, KeySet
from sqlalchemy import Engine, event
from werkzeug.security import check_password_hash, generate_password_hash

WANTED = json.loads(os.environ["MEASURED"])
KEY = ECKey.import_key(WANTED["key"], {"kid": "measured", "use": "sig", "alg": "ES256"})
KEYS = KeySet([KEY])
CHEAP_HASH = "pbkdf2:sha256:1"
LOGIN = (
    '<!doctype html><html lang="en"><title>Measured</title><form method="post" data-page="login">'
    '<input name="login" required><input name="password" type="password" required><button>Sign in</button></form>'
)
CONSENT = (
    '<!doctype html><html lang="en"><title>Measured</title><form method="post" data-page="consent">'
    "<p>{{ grant.client.client_name }} asks for {{ grant.request.payload.scope }}</p>"
    '<button name="act" value="approve">Approve</button></form>'
)

db = SQLAlchemy()


@event.listens_for(Engine, "connect")
def prepare_sqlite(connection, _record):
    """As eid has it, so that neither is the slower for its journal."""
    if isinstance(connection, sqlite3.Connection):
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "busy_timeout=30000"):
            connection.execute(f"PRAGMA {pragma}")


class Account(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    login = db.Column(db.String(40), unique=True, nullable=False)
    name = db.Column(db.String(80), nullable=False)
    password_hash = db.Column(db.String(200), nullable=False)

    def get_user_id(self):
        return self.id


class Client(db.Model, OAuth2ClientMixin):
    id = db.Column(db.Integer, primary_key=True)


class Code(db.Model, OAuth2AuthorizationCodeMixin):
    id = db.Column(db.Integer, primary_key=True)
    user_id = db.Column(db.Integer, db.ForeignKey("account.id"), nullable=False)
    user = db.relationship(Account)


class Token(db.Model, OAuth2TokenMixin):
    id = db.Column(db.Integer, primary_key=True)
    user_id = db.Column(db.Integer, db.ForeignKey("account.id"))
    user = db.relationship(Account)


class Consent(db.Model):
    user_id = db.Column(db.Integer, db.ForeignKey("account.id"), primary_key=True)
    client_id = db.Column(db.String(48), primary_key=True)
    scope = db.Column(db.Text, nullable=False)


class CodeGrant(grants.AuthorizationCodeGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_basic"]

    def save_authorization_code(self, code, asked):
        payload = asked.payload
        found = Code(
            code=code,
            client_id=asked.client.client_id,
            redirect_uri=payload.redirect_uri,
            scope=payload.scope,
            user_id=asked.user.id,
            nonce=payload.data.get("nonce"),
            code_challenge=payload.data.get("code_challenge"),
            code_challenge_method=payload.data.get("code_challenge_method"),
            auth_time=int(time.time()),
        )
        db.session.add(found)
        db.session.commit()
        return found

    def query_authorization_code(self, code, client):
        found = Code.query.filter_by(code=code, client_id=client.client_id).first()
        return found if found and not found.is_expired() else None

    def delete_authorization_code(self, authorization_code):
        db.session.delete(authorization_code)
        db.session.commit()

    def authenticate_user(self, authorization_code):
        return db.session.get(Account, authorization_code.user_id)


class OwnGrant(grants.ClientCredentialsGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_basic"]


class IdToken(OpenIDCode):
    def exists_nonce(self, nonce, asked):
        return db.session.query(Code.query.filter_by(client_id=asked.payload.client_id, nonce=nonce).exists()).scalar()

    def resolve_client_private_key(self, client):
        return KEY

    def get_client_algorithm(self, client):
        return "ES256"

    def get_client_claims(self, client):
        return {"iss": WANTED["issuer"], "exp": 600}

    def get_encode_header(self, client):
        return {"alg": "ES256", "kid": "measured"}

    def generate_user_info(self, user, scope):
        return UserInfo(sub=str(user.id), name=user.name)


def save_token(token, asked):
    kept = {name: token.get(name) for name in ("token_type", "access_token", "refresh_token", "scope", "expires_in")}
    db.session.add(Token(client_id=asked.client.client_id, user_id=asked.user.id if asked.user else None, **kept))
    db.session.commit()


def create_app():
    app = Flask(__name__)
    app.config.update(
        SECRET_KEY=os.urandom(32),
        SQLALCHEMY_DATABASE_URI=WANTED["database"],
        OAUTH2_TOKEN_EXPIRES_IN={"authorization_code": 600, "client_credentials": 600},
    )
    db.init_app(app)
    with app.app_context():
        db.create_all()
        fill()
    server.init_app(app, query_client=create_query_client_func(db.session, Client), save_token=save_token)
    for pattern, view, methods in (
        ("/oauth/authorize", authorize, ["GET", "POST"]),
        ("/login", log_in, ["GET", "POST"]),
        ("/oauth/token", server.create_token_response, ["POST"]),
        ("/oauth/userinfo", show_userinfo, ["GET"]),
        ("/oauth/jwks.json", show_keys, ["GET"]),
        ("/.well-known/openid-configuration", show_configuration, ["GET"]),
    ):
        app.add_url_rule(pattern, view.__name__, view, methods=methods)
    return app


def fill():
    wanted = WANTED["client"]
    client = Client(client_id=wanted["id"], client_secret=wanted["secret"])
    client.set_client_metadata(
        {
            "client_name": "Measured",
            "redirect_uris": [wanted["redirectUri"]],
            "scope": "openid profile measure",
            "grant_types": ["authorization_code", "client_credentials"],
            "response_types": ["code"],
            "token_endpoint_auth_method": "client_secret_basic",
        }
    )
    db.session.add(client)
    for user in WANTED["users"]:
        hashed = generate_password_hash(user["password"], CHEAP_HASH)
        db.session.add(Account(login=user["login"], name=user["name"], password_hash=hashed))
    db.session.commit()


def authorize():
    user = db.session.get(Account, session["account"]) if "account" in session else None
    if user is None:
        return redirect(url_for("log_in", next=request.full_path), 303)
    grant = server.get_consent_grant(end_user=user)
    client_id, scope = grant.client.client_id, grant.request.payload.scope
    consent = db.session.get(Consent, (user.id, client_id))
    if request.method == "GET" and (request.args.get("prompt") == "consent" or not consent or consent.scope != scope):
        return render_template_string(CONSENT, grant=grant)
    if consent is None:
        db.session.add(Consent(user_id=user.id, client_id=client_id, scope=scope))
    elif consent.scope != scope:
        consent.scope = scope
    return server.create_authorization_response(grant_user=user, grant=grant)


def log_in():
    if request.method == "GET":
        return render_template_string(LOGIN)
    account = Account.query.filter_by(login=request.form["login"]).first()
    if account is None or not check_password_hash(account.password_hash, request.form["password"]):
        return render_template_string(LOGIN)
    session["account"] = account.id
    return redirect(request.args["next"], 303)


def show_keys():
    return jsonify(KEYS.as_dict(private=False))


def show_configuration():
    issuer = WANTED["issuer"]
    return jsonify(
        issuer=issuer,
        authorization_endpoint=f"{issuer}/oauth/authorize",
        token_endpoint=f"{issuer}/oauth/token",
        userinfo_endpoint=f"{issuer}/oauth/userinfo",
        jwks_uri=f"{issuer}/oauth/jwks.json",
        response_types_supported=["code"],
        subject_types_supported=["public"],
        id_token_signing_alg_values_supported=["ES256"],
        scopes_supported=["openid", "profile"],
        claims_supported=["sub", "name"],
        code_challenge_methods_supported=["S256"],
    )


server = AuthorizationServer()
server.register_grant(CodeGrant, [CodeChallenge(required=True), IdToken(require_nonce=True)])
server.register_grant(OwnGrant)
require_oauth = ResourceProtector()
require_oauth.register_token_validator(create_bearer_token_validator(db.session, Token)())


@require_oauth("openid")
def show_userinfo():
    return jsonify(sub=str(current_token.user.id), name=current_token.user.name)


app = create_app()
