"""django-two-factor-auth: its login wizard, with an authenticator app."""

from __future__ import annotations

import json
import sys
from base64 import b32encode
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
        ["django_otp", "django_otp.plugins.otp_totp", "django_otp.plugins.otp_static", "two_factor"],
        ["django_otp.middleware.OTPMiddleware"],
        ROOT_URLCONF=__name__,
        LOGIN_URL="two_factor:login",
    )
)
django.setup()

from two_factor.urls import urlpatterns as two_factor_urls  # noqa: E402 -- after Django is set up


def done(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 -- Django's shape of a view
    """Say that somebody arrived."""
    return HttpResponse("done")


urlpatterns: list[Any] = [path("done", done), path("", include(two_factor_urls))]
app = get_wsgi_application()


def fill(people: int) -> list[dict[str, str]]:
    """Make the database and people with a confirmed authenticator app."""
    from django.contrib.auth.models import User  # noqa: PLC0415 -- after Django is set up
    from django_otp.plugins.otp_totp.models import TOTPDevice  # noqa: PLC0415 -- as above

    call_command("migrate", verbosity=0)
    made = []
    for number in range(people):
        user = User.objects.create_user(f"person{number}@acme.example", password=PASSWORD)
        device = TOTPDevice.objects.create(user=user, name="default", confirmed=True)
        made.append({"email": user.username, "key": b32encode(device.bin_key).decode()})
    return made


if __name__ == "__main__":
    sys.stdout.write(json.dumps(fill(int(sys.argv[1]))))
