"""django-oauth-toolkit in the smallest Django project that signs people in: its views, Django's sessions, two plain pages.

It signs ID tokens with RS256: it has no ES256. Settings come as one JSON document in MEASURED: database, issuer, users, client,
key (PEM).
"""

from __future__ import annotations

import json
import os

import django
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.urls import include, path

WANTED = json.loads(os.environ["MEASURED"])
LOGIN = (
    '<!doctype html><html lang="en"><title>Measured</title><form method="post" data-page="login">{% csrf_token %}'
    '<input name="username" required><input name="password" type="password" required><button>Sign in</button></form>'
)
CONSENT = (
    '<!doctype html><html lang="en"><title>Measured</title><form method="post" data-page="consent">{% csrf_token %}'
    "<p>{{ application.name }} asks for {{ scopes_descriptions }}</p>"
    "{% for field in form %}{% if field.is_hidden %}{{ field }}{% endif %}{% endfor %}"
    '<button name="allow" value="Authorize">Approve</button></form>'
)
JOURNAL = "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
"""As eid has it, so that neither is the slower for its journal."""


def describe_database():
    wanted = WANTED["database"]
    if wanted["engine"] == "sqlite":
        options = {"timeout": 30, "transaction_mode": "IMMEDIATE", "init_command": JOURNAL}
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": wanted["name"], "OPTIONS": options}
    fields = {"NAME": wanted["name"], "HOST": wanted["host"], "USER": wanted["user"]}
    return {"ENGINE": "django.db.backends.postgresql", "CONN_MAX_AGE": None, **fields}


settings.configure(
    SECRET_KEY=os.urandom(32).hex(),
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    DATABASES={"default": describe_database()},
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "django.contrib.sessions", "oauth2_provider"],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
    ],
    PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],  # cheap on purpose, as at every peer
    LOGIN_URL="/login/",
    USE_TZ=True,
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "OPTIONS": {
                "loaders": [
                    (
                        "django.template.loaders.locmem.Loader",
                        {"registration/login.html": LOGIN, "oauth2_provider/authorize.html": CONSENT},
                    )
                ],
                "context_processors": ["django.template.context_processors.request"],
            },
        }
    ],
    OAUTH2_PROVIDER={
        "OIDC_ENABLED": True,
        "OIDC_RSA_PRIVATE_KEY": WANTED["key"],
        "SCOPES": {"openid": "to know you", "profile": "your name", "measure": "to be measured"},
        "REQUEST_APPROVAL_PROMPT": "auto",
        "ACCESS_TOKEN_EXPIRE_SECONDS": 600,
        "OAUTH2_VALIDATOR_CLASS": "validator.Validator",
    },
)
django.setup()

from django.contrib.auth.views import LoginView  # noqa: E402 - Django must be set up before its models are imported
from oauth2_provider.models import get_application_model  # noqa: E402

urlpatterns = [
    path("login/", LoginView.as_view(), name="login"),
    path("o/", include("oauth2_provider.urls", namespace="oauth2_provider")),
]


def fill():
    call_command("migrate", verbosity=0)
    client, users = WANTED["client"], get_user_model()
    users.objects.bulk_create(
        users(username=user["login"], first_name=user["name"], password=make_password(user["password"]))
        for user in WANTED["users"]
    )
    applications = get_application_model()
    for suffix, grant in (("", "authorization-code"), ("-own", "client-credentials")):
        applications.objects.create(
            name="Measured",
            client_id=client["id"] + suffix,
            client_secret=client["secret"],
            client_type="confidential",
            authorization_grant_type=grant,
            redirect_uris=client["redirectUri"],
            algorithm="RS256",
        )


fill()
app = get_wsgi_application()
