"""Every path of the product. Paths and field names are an interface: password managers and scripts know them."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from twofold.settings import settings
from twofold.web import connect, home, hooks, new_browser, passcode, set_up, set_up_end, sign_in, sign_up, stuck, ticks

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.home),
    path("sign-in", sign_in.first),
    path("sign-in/passcode", passcode.passcode),
    path("sign-in/code-sent/<slug:message>/<slug:mac>", ticks.code_sent),
    path("sign-in/other-way", passcode.other_way),
    path("sign-in/new-browser", new_browser.page),
    path("sign-in/cannot-get-a-code", stuck.cannot_get_a_code),
    path("sign-in/why", stuck.why),
    path("sign-in/after-recovery", stuck.after_recovery),
    path("sign-in/set-up", set_up.intro),
    path("sign-in/set-up/mailbox", set_up.mailbox),
    path("sign-in/set-up/choose", set_up.choose),
    path("sign-in/set-up/connect", connect.connect),
    path("sign-in/set-up/recovery-codes", set_up_end.recovery_codes),
    path("sign-in/set-up/done", set_up_end.done),
    path("sign-in/set-up/cannot-now", set_up.cannot_now),
    path("sign-out", sign_in.sign_out),
    path("sign-up", sign_up.first),
    path("links/sign_up", sign_up.finish),
    path("appearance.css", ticks.appearance),
    path("logo", ticks.logo),
    path("favicon.ico", ticks.favicon),
    path("hooks/sms/<slug:message>/<slug:mac>", hooks.sms_receipt),
    path("", include("twofold.web.profile.urls")),
    path("", include("twofold.web.admin.urls")),
    path("", include("twofold.web.owner.urls")),
]
if settings().is_demo:
    urlpatterns.append(path("", include("twofold.web.demo.urls")))

handler400 = "twofold.web.errors.bad_request"
handler403 = "twofold.web.errors.forbidden"
handler404 = "twofold.web.errors.not_found"
handler500 = "twofold.web.errors.failed"
