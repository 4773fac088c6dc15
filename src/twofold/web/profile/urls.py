"""Paths of one's own profile, of the forgotten password and of mailed links."""

from __future__ import annotations

from django.urls import URLPattern, path

from twofold.web.profile import address, details, links, notices, password, security, set_up_now

urlpatterns: list[URLPattern] = [
    path("profile", details.view),
    path("profile/details", details.edit),
    path("profile/password", password.change),
    path("profile/address", address.ask),
    path("profile/address/confirm", address.confirm),
    path("profile/address/keep-old", address.keep_old),
    path("profile/notices", notices.page),
    path("profile/security", security.page),
    path("profile/security/set-up", security.begin_set_up),
    path("profile/security/turn-off", security.turn_off),
    path("profile/security/recovery-codes", security.recovery_codes),
    path("profile/security/how-often", security.how_often),
    path("profile/security/keep-asking", security.keep_asking),
    path("profile/security/not-me", security.not_me),
    path("profile/security/methods/<str:method>/rename", security.rename),
    path("profile/security/methods/<str:method>/try", security.try_it),
    path("profile/security/methods/<str:method>/prefer", security.prefer),
    path("profile/security/methods/<str:method>/replace", security.replace),
    path("profile/security/methods/<str:method>/remove", security.remove),
    path("profile/security/browsers/forget-all", security.forget_browsers),
    path("profile/security/browsers/<str:browser>/rename", security.rename_browser),
    path("profile/security/browsers/<str:browser>/forget", security.forget_browser),
    path("profile/security/sessions/end-others", security.end_others),
    path("profile/security/sessions/end-all", security.end_all),
    path("profile/security/sessions/<str:session>/end", security.end_session),
    path("forgot-password", password.forgot),
    path("links/password_reset", password.reset),
    path("links/invitation", links.invited),
    path("links/rescue", links.rescued),
    path("links/freeze", links.this_was_not_me),
    path("links/set_up_now", set_up_now.page),
]
