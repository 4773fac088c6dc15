"""django-allauth: its login, then its page for the second factor, with an authenticator app."""

from __future__ import annotations

import json
import sys
from typing import Any

import django
from django.conf import settings
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from benchmarks.peers.site import PASSWORD
from benchmarks.peers.site import settings as shared

settings.configure(
    **shared(
        ["allauth", "allauth.account", "allauth.mfa"],
        ["allauth.account.middleware.AccountMiddleware"],
        ROOT_URLCONF=__name__,
        AUTHENTICATION_BACKENDS=["allauth.account.auth_backends.AuthenticationBackend"],
        ACCOUNT_LOGIN_METHODS={"email"},
        ACCOUNT_SIGNUP_FIELDS=["email*", "password1*"],
        ACCOUNT_EMAIL_VERIFICATION="none",
        EMAIL_BACKEND="django.core.mail.backends.dummy.EmailBackend",
        CACHES={"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}},
        # Everybody here comes from one address; the limit per address would stop the measurement.
        ACCOUNT_RATE_LIMITS={"login": "100000/m/ip", "login_failed": "100000/m/ip"},
    )
)
django.setup()


def done(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 -- Django's shape of a view
    """Say that somebody arrived."""
    return HttpResponse("done")


urlpatterns: list[Any] = [path("done", done), path("accounts/", include("allauth.urls"))]
app = get_wsgi_application()


def fill(people: int) -> list[dict[str, str]]:
    """Make the database and people with an authenticator app."""
    from allauth.account.models import EmailAddress  # noqa: PLC0415 -- after Django is set up
    from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret  # noqa: PLC0415 -- as above
    from django.contrib.auth.models import User  # noqa: PLC0415 -- as above

    call_command("migrate", verbosity=0)
    made = []
    for number in range(people):
        email = f"person{number}@acme.example"
        user = User.objects.create_user(f"person{number}", email=email, password=PASSWORD)
        EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
        key = generate_totp_secret()
        TOTP.activate(user, key)
        made.append({"email": email, "key": key})
    return made


if __name__ == "__main__":
    sys.stdout.write(json.dumps(fill(int(sys.argv[1]))))
